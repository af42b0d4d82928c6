import ArgumentParser
import Embeddings
import Evaluation
import Foundation
import LinearAlgebra

struct EmbedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Pooled embeddings of a config's corpus, or of any audio files.",
    discussion: """
      With --config the clips of the corpus are encoded into the cache. --shard i/n does every n-th \
      clip from the i-th on, into a cache file of its own (cache.shard-i-of-n.sqlite) that `cache merge` \
      joins with the others; docs/corpora.md shows it on many machines. With --model and audio \
      files, --output gets `embeddings` (n, d) in float32, a row a file in the order given, with the \
      files' paths and the encoder's identity: X.safetensors (they are its metadata, the paths a JSON \
      list), X.npz (arrays) or X.npy (the paths in X.paths.txt).
      """)

  @Option(help: "The config of a run.")
  var config: String?

  @Option(help: "A Hugging Face folder with a speech model.")
  var model: String?

  @Option(
    name: .shortAndLong,
    help: "The file to write (.safetensors, .npz, .npy); with --config, the run's folder.")
  var output: String?

  @OptionGroup var changes: ConfigChanges

  @Option(
    help: ArgumentHelp("The part that this process does, with --config.", valueName: "i/n"),
    transform: { text in
      guard let shard = Shard(text) else {
        throw ValidationError("'\(text)' is no shard; 1/4 to 4/4 are those of four")
      }
      return shard
    })
  var shard: Shard?

  @Argument(help: "Audio files: mp3, wav, flac, ogg, opus.")
  var audio: [String] = []

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard (config == nil) != (model == nil) else {
      throw ValidationError("embed needs either --config FILE or --model DIR with audio files")
    }
    if model != nil, audio.isEmpty || output == nil {
      throw ValidationError("embed --model needs --output FILE and audio files")
    }
    if model != nil, let output, EmbeddingsOutput.Format(path: output) == nil {
      throw ValidationError("--output \(output): .safetensors, .npz or .npy is needed")
    }
    if config == nil, shard != nil {
      throw ValidationError("embed --shard needs --config FILE")
    }
    if config != nil, !audio.isEmpty {
      throw ValidationError("embed --config takes no audio files: the config names them")
    }
  }

  func run() async throws {
    let console = options.start()
    if let config {
      let pipeline = try RunPipeline(
        configFile: config, output: output, overrides: changes.overrides, console: console)
      try await pipeline.embed(shard: shard)
    } else if let model, let output {
      try embedFiles(model: model, output: output, console: console)
    }
  }

  private func embedFiles(model: String, output: String, console: Console) throws {
    // Before hours of encoding, not after them.
    let folder = URL(fileURLWithPath: output).deletingLastPathComponent().path
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw CommandError(
        .inputOutput, "\(output): cannot be written: \(folder) is missing or not writable")
    }
    let encoder = try Backbone.load(folder: model).encoder
    var vectors: [Float] = []
    let progress = console.progress("embed", total: audio.count)
    for (index, path) in audio.enumerated() {
      guard !InterruptFlag.isRaised else { throw Interrupted(advice: "nothing was written") }
      let start = ContinuousClock.now
      do {
        vectors += Pooling.mean(frames: try encoder.frames(of: ClipReader.read(path)))
      } catch let error as ClipError {
        throw CommandError(.badData, "\(path): \(error)")
      }
      console.logger.debug("\(path): encoded in \((ContinuousClock.now - start).inSeconds) s")
      progress.update(index + 1)
    }
    progress.finish()
    try EmbeddingsOutput(
      elements: vectors, rows: audio.count, width: encoder.width, names: ("paths", audio),
      metadata: ["encoder": encoder.identity.description]
    ).write(to: output)
    console.result(
      "\(audio.count) embeddings of width \(encoder.width) in \(output)",
      json: [
        "embeddings": .integer(audio.count), "width": .integer(encoder.width),
        "output": .string(output),
      ])
  }
}
