/// What a manifest says about a clip, and the names that it may have there: ours first, then those of
/// Common Voice, of NeMo's manifests and of Hugging Face's data sets.
enum ManifestField: CaseIterable {
  case path, text, language, accent, speaker, seconds, offset, split

  var names: [String] {
    switch self {
    case .path: ["path", "audio_filepath", "file_name", "file", "audio"]
    case .text: ["text", "sentence", "transcription", "transcript", "normalized_text"]
    case .language: ["language", "lang", "locale", "source_lang"]
    case .accent: ["accent", "accents", "dialect"]
    case .speaker: ["speaker", "client_id", "speaker_id"]
    case .seconds: ["duration", "seconds"]
    case .offset: ["offset"]
    case .split: ["split"]
    }
  }
}

/// The fields of one row of a manifest.
struct ManifestRow {
  private var values: [ManifestField: String] = [:]

  subscript(field: ManifestField) -> String? {
    get { values[field] }
    set { values[field] = newValue }
  }
}
