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

  /// Both counts of every pair, in order.
  /// - Precondition: as many hypotheses as references.
  public static func pairs(
    references: [String], hypotheses: [String]
  ) -> [(words: EditCounts, characters: EditCounts)] {
    precondition(
      references.count == hypotheses.count,
      "\(references.count) references, \(hypotheses.count) hypotheses")
    var words = EditAligner<ArraySlice<UInt32>>()
    var characters = EditAligner<UInt32>()
    return zip(references, hypotheses).map { reference, hypothesis in
      (
        words.counts(PythonText.words(reference), PythonText.words(hypothesis)),
        characters.counts(
          PythonText.strippedScalars(reference), PythonText.strippedScalars(hypothesis))
      )
    }
  }
}
