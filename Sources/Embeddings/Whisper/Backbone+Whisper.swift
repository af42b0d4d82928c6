extension Backbone.Loader {
  static let whisper = Backbone.Loader(
    load: { folder, options in
      guard options.adapters.isEmpty else {
        throw BackboneError.uselessOption(
          folder: folder, kind: "Whisper", key: "encoder.adapters")
      }
      let model = try WhisperModel(folder: folder, decoding: options.decoding)
      let detector: (any LanguageDetector)? = model.languages.isEmpty ? nil : model
      return Backbone(encoder: model, detector: detector, transcriber: model)
    },
    loadDetector: { folder, options in
      guard options.detectorLabels.isEmpty else {
        throw BackboneError.uselessOption(
          folder: folder, kind: "Whisper", key: "encoder.detector_labels")
      }
      let model = try WhisperModel(folder: folder)
      guard !model.languages.isEmpty else {
        throw BackboneError.noDetector(folder: folder, reason: "it knows English only")
      }
      return model
    })
}
