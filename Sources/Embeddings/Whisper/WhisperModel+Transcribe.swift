import LinearAlgebra

extension WhisperModel: Transcriber {
  /// The weights and how the next token is chosen.
  public func transcriptionIdentity(language: String) -> String {
    "\(identity.description)/\(decoding.identity)"
  }

  /// Whether it has a token for the language.
  public func supports(_ language: String) -> Bool {
    generation.isMultilingual && generation.languages[language] != nil
  }

  /// The text of a clip, decoded as `decoding` says.
  /// - Throws: `WhisperError`: English only, or a language that the checkpoint lacks.
  public func transcribe(_ waveform: Waveform, language: String) throws -> String {
    try transcribe(waveform, language: language, settings: decoding)
  }

  /// The text of a clip.
  /// - Parameters:
  ///   - waveform: the clip.
  ///   - language: the one that it is in.
  ///   - settings: how it is decoded.
  /// - Throws: `WhisperError`: English only, or a language that the checkpoint lacks.
  public func transcribe(
    _ waveform: Waveform, language: String, settings: WhisperDecodingSettings
  ) throws -> String {
    tokenizer.decode(try tokens(of: waveform, language: language, settings: settings))
  }

  /// The tokens of a clip, without prompt and end of text: always the likeliest next one.
  /// - Throws: `WhisperError`: English only, or a language that the checkpoint lacks.
  public func tokens(
    of waveform: Waveform, language: String, settings: WhisperDecodingSettings
  ) throws -> [Int] {
    let prompt = try prompt(language: language, timestamps: settings.timestamps)
    return greedyTokens(of: waveform, prompt: prompt, settings: settings)
  }

  /// `<|startoftranscript|>`, language and task, and `<|notimestamps|>` unless they are wanted.
  func prompt(language: String, timestamps: Bool) throws(WhisperError) -> [Int] {
    guard generation.isMultilingual else { throw .englishOnly(folder: folder) }
    guard let token = generation.languages[language] else {
      throw .unknownLanguage(folder: folder, language: language, known: languages)
    }
    var prompt = [generation.decoderStart, token]
    if let task = generation.tasks["transcribe"] { prompt.append(task) }
    if !timestamps, let token = generation.noTimestamps { prompt.append(token) }
    return prompt
  }

  /// - Parameter observe: is given the raw logits before each token is chosen.
  func greedyTokens(
    of waveform: Waveform, prompt: [Int], settings: WhisperDecodingSettings,
    observe: ([Float]) -> Void = { _ in }
  ) -> [Int] {
    let limit = min(
      config.targetPositions, generation.maximumLength ?? config.targetPositions,
      settings.maxNewTokens.map { prompt.count + $0 } ?? .max)
    let memory = memory(of: waveform)
    return Threads.withSerialBLAS {
      var cache = decoder.emptyCache()
      var (output, next) = ([Int](), prompt)
      while prompt.count + output.count < limit {
        var logits = decoder.logits(
          decoder.state(after: next, memory: memory, cache: &cache))
        observe(logits)
        if settings.repetitionPenalty != 1 {
          let penalty = settings.repetitionPenalty
          for token in Set(prompt + output) {
            logits[token] = logits[token] < 0 ? logits[token] * penalty : logits[token] / penalty
          }
        }
        for token in generation.suppressed { logits[token] = -.infinity }
        if output.isEmpty {
          for token in generation.suppressedAtBegin { logits[token] = -.infinity }
        }
        let token = largestIndex(logits)
        if generation.endOfText.contains(token) { break }
        output.append(token)
        next = [token]
      }
      return output
    }
  }

  /// The first of the largest.
  private func largestIndex(_ logits: [Float]) -> Int {
    var best = 0
    for i in logits.indices where logits[i] > logits[best] { best = i }
    return best
  }
}
