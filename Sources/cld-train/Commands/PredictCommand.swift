import ArgumentParser
import Embeddings
import Foundation

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Language and text of audio files, one JSON line a file.",
    discussion: """
      The head chooses the language, the model writes the text in it. Without --head, or with \
      --head default, the model's own detector chooses; with --language nobody does. Each line has \
      path, language, logits (by language), margin (largest logit less the second), radius (no \
      smaller change of the embedding, in its Euclidean norm, can change the choice; only for a \
      convex head) and text (null where the model cannot write the language). A file that cannot be \
      read, or is too short for the model, gives a line with path and error, and the \
      exit status 65 at the end.

      With - in place of files, requests come from standard input and each is answered at once, the \
      model loaded once. A line is the name of a file, or a JSON object: {"path": "a.wav"}, or \
      {"pcm": "s16le", "samples": 32000} with so many raw mono samples at 16 kHz right after the \
      line; an "id" comes back in the answer. With --pcm the whole input is raw samples: one clip, \
      or one each --window seconds; the lines have start and seconds.
      """)

  @Option(help: "A head file of any kind, or `default` for the model's own detector.")
  var head = "default"

  @Option(help: "A Hugging Face folder with a speech model.")
  var model: String

  @Option(help: "A Hugging Face folder whose language detector takes the place of the model's own.")
  var detector: String?

  @Option(help: "The language to decode in, instead of detecting it.")
  var language: String?

  @Flag(inversion: .prefixedNo, help: "Write the text.")
  var transcribe = true

  @Option(help: "Standard input is raw mono samples at 16 kHz: s16le or f32le.")
  var pcm: PCMFormat?

  @Option(help: "Cut --pcm into clips of so many seconds.")
  var window: Double?

  @Argument(help: "Audio files: mp3, wav, flac, ogg, opus; or - for standard input.")
  var audio: [String]

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if audio.contains("-"), audio.count > 1 {
      throw ValidationError("- takes the place of all files: they come from standard input")
    }
    if pcm != nil, audio != ["-"] {
      throw ValidationError("--pcm is about standard input: give - in place of files")
    }
    if let window {
      guard pcm != nil else { throw ValidationError("--window goes with --pcm") }
      guard window >= 0.025, window <= 3600 else {
        throw ValidationError("--window is \(window): needs 0.025 to 3600 seconds")
      }
    }
  }

  func run() throws {
    let console = options.start()
    let trained =
      head == "default" ? nil : try TrainedHead(path: head)
    let backbone = try Backbone.load(folder: model, options: .init(detector: detector))
    if let trained { try trained.requireMatch(backbone.encoder, file: head) }
    if let language, let transcriber = backbone.transcriber, !transcriber.supports(language) {
      // Says, where it can, which file is missing.
      _ = try transcriber.transcriptionIdentity(language: language)
      let known = (transcriber as? WhisperModel)?.languages.sorted().joined(separator: ", ") ?? ""
      throw CommandError(
        .badData,
        "\(model): cannot write the language '\(language)'; it knows "
          + (known.isEmpty ? "English only" : known))
    }
    var stream = PredictionStream(
      ClipPredictor(
        head: trained, backbone: backbone, model: model, language: language,
        transcribes: transcribe), console: console)
    if audio == ["-"] {
      var input = StandardInput()
      if let pcm {
        try stream.answerPCM(&input, pcm, window: window)
      } else {
        try stream.answerRequests(&input)
      }
    } else {
      for path in audio { try stream.answer(path: path) }
    }
    if stream.failures > 0 {
      let what = audio == ["-"] ? "clips" : "files"
      throw CommandError(
        .badData,
        "\(stream.failures) of \(stream.answered) \(what) were not answered; their lines say why "
          + "('error')")
    }
  }
}
