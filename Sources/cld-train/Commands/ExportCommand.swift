import ArgumentParser
import Cronos
import Evaluation
import Foundation
import Interchange

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a convex head for other programs, or a run's model card.",
    discussion: """
      --format jaxcld-pickle gives the pickle that jaxcld's CVXNNLangDetectHead.load reads; npz is \
      for NumPy (theta1, theta2, languages; no pickle in it); onnx a graph of `embeddings` (N, d) to \
      `logits` (N, C) in float32, opset \(ONNXHead.opset); safetensors the head file itself, written \
      anew. A gated head goes into all of them but the pickle, whose class has no gates.

      --model-card writes README.md in the form of the Hugging Face Hub (metadata block, languages, \
      backbone, results, hyper-parameters, certificate) from a run's folder, into it; then \
      `hf upload NAME FOLDER` publishes the run.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case jaxcldPickle = "jaxcld-pickle"
    case npz, safetensors, onnx

    var suffix: String { self == .jaxcldPickle ? "pkl" : rawValue }
  }

  @Argument(help: "The head file; with --model-card, the run's folder.")
  var source: String

  @Option(help: "jaxcld-pickle, npz, safetensors or onnx.")
  var format: Format?

  @Flag(name: .customLong("model-card"), help: "Write the run's model card.")
  var modelCard = false

  @Option(
    name: .shortAndLong,
    help: "The file to write; by default beside the head, or README.md in the run's folder.")
  var output: String?

  @Option(help: "The licence that the card states, such as mit.")
  var license: String?

  @Option(help: "The backbone's name on the Hub that the card states, such as openai/whisper-base.")
  var backbone: String?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard (format != nil) != modelCard else {
      throw ValidationError("export needs either --format or --model-card")
    }
    guard modelCard || (license == nil && backbone == nil) else {
      throw ValidationError("--license and --backbone go with --model-card")
    }
  }

  func run() throws {
    let console = options.start()
    let written: String
    if let format {
      written = try exportHead(as: format)
    } else {
      written = output ?? source + "/README.md"
      try ModelCardStage(run: source, license: license, backbone: backbone).write(to: written)
    }
    console.result(written, json: ["output": .string(written)])
  }

  /// - Returns: the file that was written.
  private func exportHead(as format: Format) throws -> String {
    let path =
      output ?? URL(fileURLWithPath: source).deletingPathExtension().relativePath
      + "." + format.suffix
    guard !Self.isSameFile(path, source) else {
      throw CommandError(.usage, "--output is needed: \(path) is the head itself")
    }
    let file = try readHead()
    switch format {
    case .safetensors: try file.write(to: path)
    case .npz:
      let metadata = JSONValue.object(file.provenance.mapValues { .string($0) }).compact
      try NPZHead.write(file.head, languages: file.languages, metadata: metadata, to: path)
    case .onnx:
      try OutputFile.write(
        ONNXHead.data(
          file.head, languages: file.languages, version: Version.current,
          metadata: file.provenance), to: path)
    case .jaxcldPickle:
      let settings = file.provenance["hyperparameters"].flatMap {
        try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))
      }
      guard
        let pickle = JAXCLDPickle.data(
          file.head, beta: settings?["beta"]?.double, rho: settings?["rho"]?.double)
      else {
        throw CommandError(
          .badData,
          "\(source): a gated head, which jaxcld's CVX_ReLU_MLP cannot be; --format onnx or npz takes it"
        )
      }
      try OutputFile.write(pickle, to: path)
    }
    return path
  }

  private func readHead() throws -> HeadFile {
    if let handle = FileHandle(forReadingAtPath: source),
      let first = try? handle.read(upToCount: 1)?.first, first == 0x80
    {
      throw CommandError(
        .badData, "\(source): a pickle; cld-train import makes a head file of it")
    }
    let trained = try TrainedHead(path: source)
    guard let convex = trained.convex else {
      throw CommandError(
        .badData, "\(source): a \(trained.title) head; only convex heads are exported")
    }
    return convex
  }

  private static func isSameFile(_ a: String, _ b: String) -> Bool {
    func resolved(_ path: String) -> String {
      URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }
    return resolved(a) == resolved(b)
  }
}
