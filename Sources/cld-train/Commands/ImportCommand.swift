import ArgumentParser
import Cronos
import Evaluation
import Foundation
import Interchange
import TensorFiles

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Makes a head file of a jaxcld pickle, without running anything in it.",
    discussion: """
      The pickle is read by a machine that knows the few classes of such files and refuses \
      everything else by name. It has no names for its classes: --languages gives them in the order \
      of the class numbers (jaxcld sorts them), as en,hi,id or as a JSON file with `languages`, such \
      as the config of the training. Without it, MODEL.json beside MODEL.pkl is looked at, and then \
      the classes are called 0, 1, ….

      --training-rows and --validation-rows write the embeddings and labels that the object still \
      holds, for `train --embeddings`; --tensors writes every array of it as it is.
      """)

  @Argument(help: "The pickle.")
  var pickle: String

  @Option(name: .shortAndLong, help: "The head file to write (safetensors).")
  var output: String

  @Option(help: "The names of the classes: en,hi,id, or a JSON file that has them.")
  var languages: String?

  @Option(help: "The backbone that the head is for, such as facebook/mms-1b-all; it is recorded.")
  var backbone: String?

  @Option(name: .customLong("training-rows"), help: "Write X and y to this safetensors file.")
  var trainingRows: String?

  @Option(name: .customLong("validation-rows"), help: "Write Xtst and ytst to this file.")
  var validationRows: String?

  @Option(help: "Write all arrays of the object to this safetensors file.")
  var tensors: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let console = options.start()
    let model = try JAXCLDModel(PickledObject(path: pickle))
    let head = model.head
    let names =
      try languages.map { try LanguageNames(argument: $0) }
      ?? LanguageNames.beside(pickle, classes: head.classes)
    guard names.names.count == head.classes else {
      throw CommandError(
        .badData,
        "\(pickle): has \(head.classes) classes, \(names.names.count) languages were given")
    }
    if let source = names.source {
      console.logger.notice("languages from \(source): \(names.names.joined(separator: ","))")
    }
    let rows = try [
      (trainingRows, model.rows(), "X and y; leave out --training-rows"),
      (
        validationRows, model.rows(isValidation: true),
        "Xtst and ytst; leave out --validation-rows"
      ),
    ].compactMap { path, rows, what -> (String, LabelledEmbeddings)? in
      guard let path else { return nil }
      guard let rows else { throw CommandError(.badData, "\(pickle): holds no \(what)") }
      return (path, rows)
    }
    let file = HeadFile(
      head: head, languages: names.names, provenance: provenance(of: model))
    try file.write(to: output)
    for (path, rows) in rows { try write(rows, names.names, to: path) }
    if let tensors { try writeTensors(of: model.object, to: tensors) }
    console.result(
      "head: \(output): \(head.classes) classes, embeddings of width \(head.dimension), "
        + "\(head.units) units a class",
      json: [
        "head": .string(output), "languages": .array(names.names.map { .string($0) }),
        "width": .integer(head.dimension), "units": .integer(head.units),
        "protocol": .integer(model.object.protocolVersion),
      ])
  }

  private func provenance(of model: JAXCLDModel) -> [String: String] {
    var settings: [String: JSONValue] = [:]
    settings["neurons"] = model.neurons.map { .integer($0) }
    settings["beta"] = model.beta.map { .number($0) }
    settings["rho"] = model.rho.map { .number($0) }
    var provenance = [
      "format": "cld-head", "version": Version.current,
      "imported_from": "\(model.object.className ?? "") in "
        + URL(fileURLWithPath: pickle).lastPathComponent,
      "hyperparameters": JSONValue.object(settings).compact,
    ]
    provenance["backbone"] = backbone
    return provenance
  }

  private func write(
    _ rows: LabelledEmbeddings, _ names: [String], to path: String
  ) throws(TensorFileError) {
    var file = SafetensorsWriter(metadata: ["languages": names.joined(separator: ",")])
    file.add("embeddings", shape: rows.features.shape, floats: rows.features.elements)
    file.add("labels", shape: [rows.labels.count], int32s: rows.labels.map(Int32.init))
    try file.write(to: path)
  }

  private func writeTensors(of object: PickledObject, to path: String) throws(TensorFileError) {
    var file = SafetensorsWriter(metadata: ["class": object.className ?? ""])
    for (name, attribute) in object.attributes.sorted(by: { $0.key < $1.key }) {
      if case .array(let array) = attribute { file.add(name, array) }
    }
    try file.write(to: path)
  }
}
