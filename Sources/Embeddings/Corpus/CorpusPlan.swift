/// What a selection amounts to, before anything is computed.
public struct CorpusPlan: Sendable {
  /// One accent's clips.
  public struct Row: Sendable, Equatable {
    /// Clips asked, found and used.
    public var tally: CorpusSelection.Tally
    /// Different speakers; clips of unknown ones are not counted.
    public var speakers: Int
    /// The length of all clips, in seconds; nil if a table leaves one open.
    public var seconds: Double?
    /// Clips in each split.
    public var train, validation, test: Int
  }

  /// One for each accent, in the selection's order.
  public var rows: [Row]
  /// All clips together, with an empty language and accent.
  public var total: Row
  /// Clips that were drawn and could not be taken.
  public var skipped: Int
  /// Speakers with clips in training and in another split.
  public var sharedSpeakers: Int
  /// Clips of validation and test whose speaker is in training, too.
  public var exposedClips: Int
  /// Languages of which a split that has a share got no clip.
  public var emptySplits: [(language: String, split: Split)]

  public init(_ selection: CorpusSelection, shares: CorpusConfig.Shares) {
    var byAccent = Dictionary(grouping: selection.clips) { $0.language + "\n" + $0.accent }
    rows = selection.tallies.map { tally in
      // Two sources may give an accent of one name: each tally has its own clips, in their order.
      let key = tally.language + "\n" + tally.accent
      let clips = (byAccent[key] ?? []).prefix(tally.used)
      byAccent[key]?.removeFirst(clips.count)
      return Row(tally, clips)
    }
    let sum = selection.tallies.reduce((0, 0, 0)) {
      ($0.0 + $1.asked, $0.1 + $1.found, $0.2 + $1.used)
    }
    total = Row(
      .init(language: "", accent: "", asked: sum.0, found: sum.1, used: sum.2),
      selection.clips[...])
    skipped = selection.skipped.count

    let trained = Set(
      selection.clips.lazy.filter { $0.split == .train && !$0.speaker.isEmpty }.map(\.speaker))
    let exposed = selection.clips.filter { $0.split != .train && trained.contains($0.speaker) }
    exposedClips = exposed.count
    sharedSpeakers = Set(exposed.map(\.speaker)).count

    let wanted: [(Split, Double)] = [
      (.train, shares.train), (.validation, shares.validation), (.test, shares.test),
    ]
    emptySplits = Set(selection.clips.map(\.language)).sorted().flatMap { language in
      let present = Set(
        selection.clips.lazy.filter { $0.language == language }.map(\.split))
      return wanted.filter { $0.1 > 0 && !present.contains($0.0) }
        .map { (language: language, split: $0.0) }
    }
  }
}

extension CorpusPlan.Row {
  fileprivate init(_ tally: CorpusSelection.Tally, _ clips: ArraySlice<Clip>) {
    self.tally = tally
    speakers = Set(clips.lazy.map(\.speaker).filter { !$0.isEmpty }).count
    var sum: Double? = 0
    for clip in clips { sum = clip.seconds.flatMap { length in sum.map { $0 + length } } }
    seconds = sum
    train = clips.count { $0.split == .train }
    validation = clips.count { $0.split == .validation }
    test = clips.count { $0.split == .test }
  }
}
