/// Word and character error rates as jiwer 4 and Hugging Face's `evaluate` count them: strings are
/// taken as they are, without regard to case, punctuation or Unicode normalisation.
///
/// Words: runs of two or more white-space characters become one space, the ends are stripped, and
/// U+0020 alone separates; a lone tab, no-break space or U+3000 does not. Characters: the ends are
/// stripped, then Unicode scalars, inner white space included. White space is Python's.
public enum ErrorRate {
  /// The edits between the words of one pair.
  public static func words(reference: String, hypothesis: String) -> EditCounts {
    EditDistance.counts(PythonText.words(reference), PythonText.words(hypothesis))
  }

  /// The edits between the characters of one pair.
  public static func characters(reference: String, hypothesis: String) -> EditCounts {
    EditDistance.counts(
      PythonText.strippedScalars(reference), PythonText.strippedScalars(hypothesis))
  }

  /// The edits of one pair, in each of the units.
  public struct PairEdits: Sendable, Equatable {
    /// Between words, and between characters.
    public var words, characters: EditCounts
    /// In the units of the mixed error rate: words, but each Han, kana, Thai, Lao, Khmer or Burmese
    /// scalar by itself.
    public var mixed: EditCounts
  }

  /// The counts of every pair, in order, each text normalised first.
  /// - Precondition: as many hypotheses as references.
  public static func pairs(
    references: [String], hypotheses: [String], normaliser: TextNormaliser = .none
  ) -> [PairEdits] {
    precondition(
      references.count == hypotheses.count,
      "\(references.count) references, \(hypotheses.count) hypotheses")
    var words = EditAligner<ArraySlice<UInt32>>()
    var characters = EditAligner<UInt32>()
    return zip(references, hypotheses).map { reference, hypothesis in
      let (reference, hypothesis) = (normaliser(reference), normaliser(hypothesis))
      let units = (PythonText.words(reference), PythonText.words(hypothesis))
      let edits = words.counts(units.0, units.1)
      let mixed = (MixedTokens.of(units.0), MixedTokens.of(units.1))
      return PairEdits(
        words: edits,
        characters: characters.counts(
          PythonText.strippedScalars(reference), PythonText.strippedScalars(hypothesis)),
        mixed: mixed.0 == nil && mixed.1 == nil
          ? edits : words.counts(mixed.0 ?? units.0, mixed.1 ?? units.1))
    }
  }
}
