import LinearAlgebra

/// Divides clips so that nobody is heard in two splits.
///
/// Speakers are taken one by one, those with the most clips first and equals in a seeded order. Each
/// goes, with all of their clips, to the split that lacks most of what they bring: with c_a clips of
/// accent a, to the split s with the largest
///
///     Σ_a c_a·(n_sa + N_s)
///
/// where n_sa is what s lacks of the accent and N_s what it lacks of the language. It is the greedy
/// step down Σ n_sa² + Σ N_s². Large speakers so end in training, and the held-out splits get many
/// speakers of few clips.
enum SpeakerSplit {
  /// Sets the split of every clip. A clip of an unknown speaker is a speaker of its own.
  ///
  /// - Parameter byLanguage: whether each language is split in these shares, accents balanced within;
  ///   otherwise the clips are split as one. A speaker of two languages stays in one split even so.
  static func assign(
    _ clips: inout [Clip], _ shares: CorpusConfig.Shares, byLanguage: Bool, seed: Int
  ) {
    var settled: [String: Split] = [:]
    let groups =
      byLanguage
      ? Dictionary(grouping: clips.indices) { clips[$0].language } : ["": Array(clips.indices)]
    for (language, members) in groups.sorted(by: { $0.key < $1.key }) {
      var round = Round(members, clips, shares, language: language, seed: seed)
      round.run(settled: settled)
      for speaker in round.speakers {
        for clip in speaker.clips { clips[clip].split = speaker.split }
        if !speaker.name.isEmpty { settled[speaker.name] = speaker.split }
      }
    }
  }

  private struct Speaker {
    let name: String
    let clips: [Int]
    /// Clips of each accent.
    let accents: [(accent: Int, count: Int)]
    var split = Split.train
    var isSettled = false
  }

  /// The division of one language, or of the whole.
  private struct Round {
    private(set) var speakers: [Speaker]
    private let splits: [Split]
    /// `[split][accent]`: clips still lacking, below zero if there are too many.
    private var lacking: [[Double]]

    init(
      _ members: [Int], _ clips: [Clip], _ shares: CorpusConfig.Shares, language: String, seed: Int
    ) {
      let byAccent = Dictionary(grouping: members) { clips[$0].language + "\n" + clips[$0].accent }
      let names = byAccent.keys.sorted()
      let index = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
      func accent(of clip: Int) -> Int {
        index[clips[clip].language + "\n" + clips[clip].accent] ?? 0
      }
      let all: [(Split, Double)] = [
        (.train, shares.train), (.validation, shares.validation), (.test, shares.test),
      ]
      splits = all.filter { $0.1 > 0 }.map(\.0)
      let counts = SplitAssignment.counts(
        strata: names.map { byAccent[$0]?.count ?? 0 }, shares)
      lacking = splits.map { split in
        counts.map {
          switch split {
          case .train: Double($0.train)
          case .validation: Double($0.validation)
          case .test: Double($0.test)
          }
        }
      }
      let bySpeaker = Dictionary(grouping: members) {
        clips[$0].speaker.isEmpty ? "\u{0}" + clips[$0].path : clips[$0].speaker
      }
      var keys = bySpeaker.keys.sorted()
      var generator = SeededGenerator(seed: seed, purpose: ["speakers", language])
      generator.shuffle(&keys)
      speakers = keys.map { key in
        let clips = bySpeaker[key] ?? []
        let accents = Dictionary(grouping: clips, by: accent)
        return Speaker(
          name: key.hasPrefix("\u{0}") ? "" : key, clips: clips,
          accents: accents.map { ($0.key, $0.value.count) }.sorted { $0.0 < $1.0 })
      }
      // A stable order: the sort of equals must not be left to the library.
      speakers = speakers.enumerated()
        .sorted { ($1.element.clips.count, $0.offset) < ($0.element.clips.count, $1.offset) }
        .map(\.element)
    }

    mutating func run(settled: [String: Split]) {
      for i in speakers.indices {
        guard let split = settled[speakers[i].name], splits.contains(split) else { continue }
        speakers[i].isSettled = true
        put(i, into: split)
      }
      for i in speakers.indices where !speakers[i].isSettled { put(i, into: best(for: i)) }
      fillEmptySplits()
    }

    private func best(for speaker: Int) -> Split {
      let gains = splits.indices.map { s in
        let all = lacking[s].reduce(0, +)
        return speakers[speaker].accents.reduce(0) {
          $0 + Double($1.count) * (lacking[s][$1.accent] + all)
        }
      }
      // Of equals the first: training.
      let best = gains.indices.max { gains[$0] < gains[$1] || (gains[$0] == gains[$1] && $0 > $1) }
      return splits[best ?? 0]
    }

    private mutating func put(_ speaker: Int, into split: Split) {
      let s = splits.firstIndex(of: split) ?? 0
      for (accent, count) in speakers[speaker].accents { lacking[s][accent] -= Double(count) }
      speakers[speaker].split = split
    }

    /// Three speakers or more fill three splits, whatever the shares are: the smallest speaker of a
    /// split that has others moves.
    private mutating func fillEmptySplits() {
      for split in splits.reversed() where !speakers.contains(where: { $0.split == split }) {
        let counts = Dictionary(grouping: speakers.indices) { speakers[$0].split }
        let movable = speakers.indices.last {
          !speakers[$0].isSettled && (counts[speakers[$0].split]?.count ?? 0) > 1
        }
        if let movable { speakers[movable].split = split }
      }
    }
  }
}
