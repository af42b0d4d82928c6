import Baselines
import Embeddings
import Evaluation

extension EvaluationSettings {
  /// Reads `evaluation`.
  /// - Throws: `ConfigError`: the key and what is wrong with it.
  init(_ section: ConfigSection) throws {
    self.init()
    let names = try section.strings("heads", default: heads.map(\.rawValue))
    heads = try names.map { name throws(ConfigError) in
      guard let head = Head(rawValue: name) else {
        let known = Head.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        throw section.outOfRange("heads", "'\(name)'", "one of \(known)")
      }
      return head
    }
    guard !heads.isEmpty else { throw section.outOfRange("heads", "empty", "at least one head") }
    if let twice = heads.indices.first(where: { heads[..<$0].contains(heads[$0]) }) {
      throw section.outOfRange("heads", "'\(heads[twice].rawValue)' twice", "each head once")
    }
    baselines = try BaselineSpace(section)
    normalisers = try section.choices("normalisers", default: normalisers)
    bootstrap.resamples = try section.integer("bootstrap", default: bootstrap.resamples)
    guard (0...100_000).contains(bootstrap.resamples) else {
      throw section.outOfRange("bootstrap", bootstrap.resamples, "0 to 100000")
    }
    bootstrap.seed = try section.integer("bootstrap_seed", default: bootstrap.seed)
    transcribe = try section.bool("transcribe", default: transcribe)
    oracle = try section.bool("oracle", default: oracle)
    let decoding = try section.section("decoding")
    self.decoding.timestamps = try decoding.bool("timestamps", default: self.decoding.timestamps)
    let penalty = try decoding.number(
      "repetition_penalty", default: Double(self.decoding.repetitionPenalty))
    guard Float(penalty) > 0, Float(penalty).isFinite else {
      throw decoding.outOfRange("repetition_penalty", penalty, "a float32 above 0")
    }
    self.decoding.repetitionPenalty = Float(penalty)
    let limit = try decoding.optionalInteger("max_new_tokens")
    guard (1...1_000_000).contains(limit ?? 1) else {
      throw decoding.outOfRange("max_new_tokens", limit ?? 0, "1 to 1000000")
    }
    self.decoding.maxNewTokens = limit
    try decoding.finish()
    try section.finish()
  }

  var json: JSONValue {
    let members: [String: JSONValue] = [
      "normalisers": .array(normalisers.map { .string($0.rawValue) }),
      "bootstrap": .integer(bootstrap.resamples), "bootstrap_seed": .integer(bootstrap.seed),
      "heads": .array(heads.map { .string($0.rawValue) }), "transcribe": .bool(transcribe),
      "oracle": .bool(oracle),
      "decoding": [
        "timestamps": .bool(decoding.timestamps),
        "repetition_penalty": .number(Double(decoding.repetitionPenalty)),
        "max_new_tokens": decoding.maxNewTokens.map { .integer($0) } ?? .null,
      ],
    ]
    return .object(members.merging(baselines.json) { own, _ in own })
  }
}
