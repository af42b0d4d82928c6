import LinearAlgebra

/// Smaller training sets out of a larger one, for curves over their size.
public enum NestedSubset {
  /// Keeps `perLanguage` training clips of each language, or all where there are fewer, and every clip of
  /// the other splits.
  ///
  /// The accents of a language give as many clips as each other, as long as they have them (one more or
  /// less). A smaller subset of the same seed is part of a larger one.
  /// - Precondition: `perLanguage` ≥ 1.
  public static func draw(_ clips: [Clip], perLanguage: Int, seed: Int) -> [Clip] {
    precondition(perLanguage >= 1, "\(perLanguage) clips of a language")
    var kept = Set<Int>()
    let training = clips.indices.filter { clips[$0].split == .train }
    for (language, members) in Dictionary(grouping: training, by: { clips[$0].language }) {
      kept.formUnion(order(members, of: clips, language: language, seed: seed).prefix(perLanguage))
    }
    return clips.indices.filter { clips[$0].split != .train || kept.contains($0) }
      .map { clips[$0] }
  }

  /// The clips of a language, one of each accent in turn, each accent's in a seeded order.
  private static func order(
    _ members: [Int], of clips: [Clip], language: String, seed: Int
  ) -> [Int] {
    let byAccent = Dictionary(grouping: members) { clips[$0].accent }
    var accents = byAccent.keys.sorted()
    var generator = SeededGenerator(seed: seed, purpose: ["subset", language])
    generator.shuffle(&accents)
    let queues = accents.map { accent in
      // The order of the paths, not that of the selection, is the same for every selection of them.
      var queue = (byAccent[accent] ?? []).sorted { clips[$0].path < clips[$1].path }
      var generator = SeededGenerator(seed: seed, purpose: ["subset", language, accent])
      generator.shuffle(&queue)
      return queue
    }
    let longest = queues.map(\.count).max() ?? 0
    return (0..<longest).flatMap { turn in
      queues.compactMap { turn < $0.count ? $0[turn] : nil }
    }
  }
}
