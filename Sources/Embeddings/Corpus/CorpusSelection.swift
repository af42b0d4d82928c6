/// The clips of a run, and what the tables did not give.
public struct CorpusSelection: Sendable, Equatable {
  /// How many clips of an accent were wanted and how many there are.
  public struct Tally: Sendable, Hashable {
    public var language: String
    /// The accent's code in the config.
    public var accent: String
    /// Clips that the config asks for.
    public var asked: Int
    /// Rows of the tables that match; those taken for another accent and those skipped included.
    public var found: Int
    /// Clips taken.
    public var used: Int

    public init(language: String, accent: String, asked: Int, found: Int, used: Int) {
      (self.language, self.accent) = (language, accent)
      (self.asked, self.found, self.used) = (asked, found, used)
    }

    /// Whether there are fewer clips than asked.
    public var isShort: Bool { used < asked }
  }

  /// Languages sorted by code, accents in the config's order, clips in the order drawn: the same
  /// tables and config always give the same list.
  public var clips: [Clip]
  /// One for each accent, in the same order.
  public var tallies: [Tally]
  /// Clips that were drawn and could not be taken; another took the place of each, while there were.
  public var skipped: [SkippedClip]

  public init(clips: [Clip], tallies: [Tally], skipped: [SkippedClip]) {
    (self.clips, self.tallies, self.skipped) = (clips, tallies, skipped)
  }

  /// Accents that have fewer clips than asked.
  public var shortfalls: [Tally] { tallies.filter(\.isShort) }
}
