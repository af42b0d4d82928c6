import Foundation

/// A run as the README.md of a model repository on the Hugging Face Hub: a block of metadata that the
/// Hub indexes, then the text for a reader. Every number is the report's.
public struct ModelCard: Sendable {
  public let report: RunReport
  /// Files of the run's folder that the card may mention.
  public let headFile: String
  /// Width of the embeddings, and units a class.
  public let dimension, units: Int
  /// Whether gates take the place of the ReLU.
  public let isGated: Bool
  /// The backbone's name on the Hub, such as `openai/whisper-base`; nil where nothing says it.
  public let backbone: String?
  /// As the Hub spells it, such as `mit`; nil leaves it out.
  public let license: String?

  public init(
    report: RunReport, headFile: String, dimension: Int, units: Int, isGated: Bool,
    backbone: String?, license: String?
  ) {
    (self.report, self.headFile) = (report, headFile)
    (self.dimension, self.units, self.isGated) = (dimension, units, isGated)
    (self.backbone, self.license) = (backbone, license)
  }

  /// The file's text.
  public var text: String {
    "---\n" + metadata + "---\n\n"
      + [opening, use, architecture, results, training, certificate, limits]
      .compactMap { $0 }.joined(separator: "\n")
  }

  // MARK: Metadata

  private var metadata: String {
    var yaml = "language:\n"
    // The Hub takes ISO 639 codes alone.
    var codes: [String] = []
    for language in report.languages {
      let code = language.prefix { $0 != "-" && $0 != "_" }.lowercased()
      let isCode = (2...3).contains(code.count) && code.allSatisfy { $0.isASCII && $0.isLetter }
      if isCode, !codes.contains(code) { codes.append(code) }
    }
    yaml = codes.isEmpty ? "" : yaml + codes.map { "- \(Self.quoted($0))\n" }.joined()
    if let license { yaml += "license: \(Self.quoted(license))\n" }
    if let backbone { yaml += "base_model: \(Self.quoted(backbone))\n" }
    yaml += "pipeline_tag: audio-classification\nlibrary_name: cld-train\ntags:\n"
    yaml += ["spoken-language-identification", "convex-optimization", "cronos"]
      .map { "- \($0)\n" }.joined()
    let metrics = self.metrics
    guard !metrics.isEmpty else { return yaml }
    yaml += "metrics:\n" + metrics.map { "- \($0.type)\n" }.joined()
    yaml += "model-index:\n- name: \(Self.quoted(report.provenance.name))\n  results:\n"
    yaml +=
      "  - task:\n      type: audio-classification\n      name: Spoken language identification\n"
    yaml += "    dataset:\n      type: \(Self.quoted(report.provenance.name))\n"
    yaml += "      name: \(Self.quoted(rowsName + " of " + report.provenance.name))\n    metrics:\n"
    for metric in metrics {
      yaml +=
        "    - type: \(metric.type)\n      value: \(metric.value)\n      name: \(metric.name)\n"
    }
    return yaml
  }

  private var metrics: [(type: String, name: String, value: Double)] {
    guard let main = report.main else { return [] }
    func rounded(_ value: Double, _ digits: Double) -> Double {
      (value * digits).rounded() / digits
    }
    var metrics: [(type: String, name: String, value: Double)] = []
    if let accuracy = main.detection.accuracy {
      metrics.append(("accuracy", "Detection accuracy", rounded(accuracy, 1e4)))
    }
    if let text = main.transcription, text.wer.isFinite, text.cer.isFinite {
      metrics.append(("wer", "WER (percent)", rounded(text.wer, 1e2)))
      metrics.append(("cer", "CER (percent)", rounded(text.cer, 1e2)))
    }
    return metrics
  }

  /// A YAML scalar: in double quotes, JSON's escapes are YAML's.
  static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    guard let data = try? encoder.encode(text) else { return "\"\"" }
    return String(decoding: data, as: UTF8.self)
  }

  // MARK: Text

  /// What detection was measured on.
  private var rowsName: String {
    report.data.test > 0
      ? "test split" : report.data.validation > 0 ? "validation rows" : "training rows"
  }

  private var backboneName: String { backbone ?? report.provenance.encoder.family }

  private var opening: String {
    let encoder = report.provenance.encoder
    var text = "# \(Markdown.escaped(report.provenance.name))\n\n"
    text +=
      "A convex language-detection head (CLD) for \(Markdown.escaped(backboneName)): it tells "
    text +=
      "which of \(report.languages.count) languages a clip is in, from the backbone's frozen, "
    text += "pooled encoder states, and so which language the decoder is to write.\n\n"
    text += "- Backbone (frozen): \(Markdown.escaped(backboneName))"
    let digest = encoder.weightsDigest.filter { $0.isLetter || $0.isNumber }
    text += digest.isEmpty ? "\n" : ", weights SHA-256 `\(digest)`\n"
    text += "- Classes: "
    text += report.languages.enumerated()
      .map { "\($0.offset) → \(Markdown.escaped($0.element))" }.joined(separator: ", ")
    text += "\n- Trained with cld-train \(Markdown.escaped(report.provenance.version)), "
    text += "\(Markdown.escaped(report.provenance.date))\n"
    if !report.provenance.notes.isEmpty {
      text += report.provenance.notes.map { "- \(Markdown.escaped($0))\n" }.joined()
    }
    return text
  }

  private var use: String {
    """
    ## Use

    With cld-train, and the backbone in a folder:

    ```sh
    cld-train predict --head \(headFile) --model BACKBONE_FOLDER clip.mp3
    ```

    \(isGated ? "" : jaxcldUse)`cld-train export --format onnx` and `--format npz` are for onnxruntime and NumPy. \
    A head belongs to its backbone: on the embeddings of another one its answers mean nothing.

    """
  }

  /// jaxcld's class has no gates.
  private var jaxcldUse: String {
    let languages = "[" + report.languages.map(Self.quoted).joined(separator: ", ") + "]"
    return """
      With jaxcld, after `cld-train export --format jaxcld-pickle \(headFile) --output model.pkl`:

      ```python
      from jaxcld import ASRModel, CVXNNLangDetectHead

      languages = \(languages)
      asr = ASRModel.from_pretrained("\(backbone ?? "BACKBONE")", config={"languages": languages})
      asr.set_lang_detect_head(CVXNNLangDetectHead.load("model.pkl", asr))
      ```


      """
  }

  private var architecture: String {
    """
    ## Architecture

    Per class, `logits = \(isGated ? "((X @ gates >= 0) * (X @ theta1))" : "relu(X @ theta1)") @ theta2`, \
    the class being the argmax. \(Markdown.escaped(headFile)) holds

    | Tensor | Shape |
    | --- | --- |
    | theta1 | (\(report.languages.count), \(dimension), \(units)) |
    | theta2 | (\(report.languages.count), \(units)) |

    """
  }

  private var results: String {
    var text = "## Results\n\nMeasured on the \(rowsName)"
    if let clips = report.main?.detection.clips { text += ", \(clips) clips" }
    text += ".\n\n\(report.headTable.markdown)\n\(report.reading)"
    text += "\n\n### By language\n\n"
    return text + report.languageTable.markdown
  }

  private var training: String {
    let data = report.data
    var text = "## Training\n\n"
    text += "\(data.train) clips to train on, \(data.validation) to validate, \(data.test) to test"
    if let seconds = report.timing.train {
      text += "; the solver took \(NumberFormat.duration(seconds)) s"
    }
    text += ".\n\n"
    if case .object(let settings)? = report.provenance.configuration["cronos"] {
      var table = TextTable(header: ["Hyper-parameter", "Value"], leading: 2)
      table.rows = settings.filter { $0.value != .null }.sorted { $0.key < $1.key }
        .map { [$0.key, $0.value.string ?? $0.value.compact] }
      table.rows += report.provenance.seeds.filter { settings[$0.key] == nil }
        .sorted { $0.key < $1.key }.map { [$0.key, "\($0.value)"] }
      text += table.markdown
    }
    return text
  }

  private var certificate: String? {
    guard report.solver != nil || report.certificate != nil else { return nil }
    var text = "## Certificate\n\n"
    if let solver = report.solver {
      text += "The training problem is convex: \(Markdown.escaped(solver.method)), status "
      text += "\(Markdown.escaped(solver.status)) after \(solver.iterations) iterations; objective "
      text += "\(NumberFormat.general(solver.objective)), a lower bound on it "
      text += "\(NumberFormat.general(solver.lowerBound)), relative gap "
      text += "\(NumberFormat.general(solver.relativeGap)).\n"
    }
    if let certificate = report.certificate {
      text += """

        A prediction holds for every perturbation of its embedding whose norm is below the difference to \
        each other logit over the sum of both classes' Lipschitz bounds, which is never less than the \
        margin over 2B, B = \(NumberFormat.general(certificate.lipschitz)): median radius \
        \(NumberFormat.general(certificate.medianRadius)) over \(certificate.clips) clips.

        """
    }
    return text
  }

  private var limits: String {
    "## Limits\n\nIt answers one of its \(report.languages.count) languages whatever it hears; audio in "
      + "others, or with none, gets one of them too.\n"
  }
}
