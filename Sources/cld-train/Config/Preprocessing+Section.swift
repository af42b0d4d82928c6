import Embeddings
import Evaluation

extension Preprocessing {
  /// Reads what `encoder` says of preprocessing.
  /// - Throws: `ConfigError`: the key and what is wrong with it.
  init(_ section: ConfigSection) throws(ConfigError) {
    self.init(
      level: try section.choice("level", default: .none),
      denoising: try section.choice("denoise", default: .none),
      denoisingStrength: try section.number("denoise_strength", default: 0.85))
    guard (0...1).contains(denoisingStrength) else {
      throw section.outOfRange("denoise_strength", denoisingStrength, "0 to 1")
    }
  }

  /// The members of `encoder`.
  var json: [String: JSONValue] {
    [
      "level": .string(level.rawValue), "denoise": .string(denoising.rawValue),
      "denoise_strength": .number(denoisingStrength),
    ]
  }
}

extension Augmentation {
  /// Reads `augment`: a section for each step that is on.
  /// - Throws: `ConfigError` or `CorpusError`: the key and what is wrong with it.
  init(_ section: ConfigSection, resolve: (String) -> String) throws {
    self.init(seed: try section.integer("seed", default: 0))
    stretch = try Self.step("time_stretch", of: section, often: 0.2, ("min", 0.9), ("max", 1.1)) {
      $0 >= 0.25 && $1 <= 4 ? nil : "0.25 to 4"
    }
    pitch = try Self.step("pitch", of: section, often: 0.2, "semitones", 4, limit: 24)
    for name in ["time_stretch", "pitch"] where section.has(name) && !TimeStretch.isAvailable {
      throw section.outOfRange(name, "set", "a build with the package trait RubberBand")
    }
    gain = try Self.step("gain", of: section, often: 0.1, "db", 6, limit: 60)
    noise = try Self.step("noise", of: section, often: 0.2, ("min", 0.005), ("max", 0.015)) {
      $0 >= 0 && $1 <= 1 ? nil : "0 to 1"
    }
    if section.has("background") {
      let folder = try section.section("background").string("folder")
      backgrounds = try NoiseFolder(path: resolve(folder))
    }
    background = try Self.step(
      "background", of: section, often: 0.2, ("min_snr", 1), ("max_snr", 5), besides: ["folder"]
    ) { $0 >= -60 && $1 <= 100 ? nil : "-60 to 100 dB" }
    try section.finish()
  }

  /// A step of which the section gives the ends of the range.
  /// - Parameter limits: nil, or what is allowed.
  private static func step(
    _ name: String, of parent: ConfigSection, often: Double, _ low: (key: String, value: Double),
    _ high: (key: String, value: Double), besides: [String] = [],
    limits: (Double, Double) -> String?
  ) throws(ConfigError) -> Step? {
    let section = try parent.section(name)
    guard parent.has(name) else { return nil }
    for key in besides { _ = try section.string(key) }
    let probability = try probability(section, often)
    let from = try section.number(low.key, default: low.value)
    let to = try section.number(high.key, default: high.value)
    try section.finish()
    guard from <= to else {
      throw section.outOfRange(high.key, to, "\(low.key), which is \(from), or more")
    }
    if let wanted = limits(from, to) {
      throw section.outOfRange(low.key, "\(from), \(high.key) \(to)", wanted)
    }
    return Step(probability: probability, range: from...to)
  }

  /// A step of which the section gives the largest amount, up or down.
  private static func step(
    _ name: String, of parent: ConfigSection, often: Double, _ key: String, _ most: Double,
    limit: Double
  ) throws(ConfigError) -> Step? {
    let section = try parent.section(name)
    guard parent.has(name) else { return nil }
    let probability = try probability(section, often)
    let amount = try section.number(key, default: most)
    try section.finish()
    guard (0...limit).contains(amount) else {
      throw section.outOfRange(key, amount, "0 to \(limit)")
    }
    return Step(probability: probability, range: -amount...amount)
  }

  private static func probability(
    _ section: ConfigSection, _ often: Double
  ) throws(ConfigError) -> Double {
    let probability = try section.number("p", default: often)
    guard (0...1).contains(probability) else {
      throw section.outOfRange("p", probability, "0 to 1")
    }
    return probability
  }

  var json: JSONValue {
    var members: [String: JSONValue] = ["seed": .integer(seed)]
    func add(_ name: String, _ step: Step?, _ other: [String: JSONValue]) {
      guard let step else { return }
      members[name] = .object(other.merging(["p": .number(step.probability)]) { $1 })
    }
    func ends(_ step: Step?, _ low: String, _ high: String) -> [String: JSONValue] {
      guard let range = step?.range else { return [:] }
      return [low: .number(range.lowerBound), high: .number(range.upperBound)]
    }
    add("time_stretch", stretch, ends(stretch, "min", "max"))
    add("pitch", pitch, ["semitones": .number(pitch?.range.upperBound ?? 0)])
    add("gain", gain, ["db": .number(gain?.range.upperBound ?? 0)])
    add("noise", noise, ends(noise, "min", "max"))
    var place = ends(background, "min_snr", "max_snr")
    place["folder"] = backgrounds.map { .string($0.path) }
    add("background", background, place)
    return .object(members)
  }
}
