extension Backbone.Loader {
  static let wav2Vec2 = Backbone.Loader(
    load: { folder, options in
      let model = try Wav2Vec2Model(folder: folder)
      guard model.hasHead else {
        guard options.adapters.isEmpty else {
          throw BackboneError.uselessOption(
            folder: folder, kind: "wav2vec2 without lm_head", key: "encoder.adapters")
        }
        return Backbone(encoder: model)
      }
      let transcriber = try Wav2Vec2Transcriber(
        model: model, adapters: options.adapters, languages: options.languages)
      return Backbone(encoder: model, transcriber: transcriber)
    },
    loadDetector: { folder, options in
      try Wav2Vec2Detector(folder: folder, labels: options.detectorLabels)
    })
}
