extension CorpusConfig {
  /// - Throws: `CorpusError.config` or `.unknownSource` for the first value that cannot be used.
  public func validate() throws(CorpusError) {
    try check(
      !root.isEmpty || !usesRoot, "root",
      "is empty; it is the folder that holds the languages' folders")
    try check(
      samplesPerClass >= 1, "params.samples_per_class",
      "is \(samplesPerClass); at least 1 is needed")
    try check(
      maxSeconds.isFinite && maxSeconds > 0, "max_seconds",
      "is \(maxSeconds); more than 0 is needed")
    try validateSplit()
    try validate(tables: tables, key: "tables")
    for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
      let key = "sources.\(name)"
      switch source {
      case .commonVoice(let root, let tables):
        try check(!root.isEmpty, "\(key).root", "is empty; name a folder")
        try validate(tables: tables, key: "\(key).tables")
      case .manifest(let files, _):
        try check(!files.isEmpty, "\(key).files", "is empty; name at least one manifest")
        for (i, file) in files.enumerated() {
          try check(
            ManifestFormat(path: file) != nil, "\(key).files[\(i)]",
            "is '\(file)'; known endings: \(ManifestFormat.extensions)")
        }
      }
    }
    try check(!languages.isEmpty, "languages", "is empty; at least 2 languages are needed")
    for language in sortedLanguages { try validate(language: language) }
  }

  private func validate(tables: [String], key: String) throws(CorpusError) {
    try check(!tables.isEmpty, key, "is empty; name at least one, such as validated.tsv")
    for (i, table) in tables.enumerated() {
      try check(
        !table.isEmpty && !table.contains("/") && table != "..", "\(key)[\(i)]",
        "is '\(table)'; a file name inside a language's folder is needed")
      try check(!tables[..<i].contains(table), "\(key)[\(i)]", "repeats '\(table)'")
    }
  }

  private func validateSplit() throws(CorpusError) {
    let shares = [("train", split.train), ("val", split.validation), ("test", split.test)]
    for (key, share) in shares {
      try check(
        share >= 0 && share <= 1, "params.split.\(key)",
        "is \(share); a share from 0 to 1 is needed")
    }
    let sum = split.train + split.validation + split.test
    // Decimal shares such as 0.7 + 0.2 + 0.1 miss 1 by a few units in the last place.
    try check(
      abs(sum - 1) <= 1e-6, "params.split", "adds up to \(sum); the shares must add up to 1")
    try check(split.train > 0, "params.split.train", "is 0; nothing would be left to train on")
  }

  private func validate(language: String) throws(CorpusError) {
    let key = "languages.\(language)"
    try check(!language.isEmpty, "languages", "has a language without a code")
    let accents = languages[language]?.accents ?? []
    try check(!accents.isEmpty, "\(key).accents", "is empty; name at least one accent")
    for (i, accent) in accents.enumerated() {
      let key = "\(key).accents[\(i)]"
      guard source(accent.dataset) != nil else {
        throw .unknownSource(
          key: "corpus.\(key).dataset", name: accent.dataset,
          known: (sources.keys + [CorpusSource.commonVoiceName]).sorted())
      }
      let folder = accent.overrideCode ?? language
      try check(
        !folder.isEmpty && folder != "..",
        accent.overrideCode == nil ? key : "\(key).override_code",
        "'\(folder)' is no folder's name")
    }
    try check(
      samplesPerAccent(of: language) >= 1, "params.samples_per_class",
      "is \(samplesPerClass), which leaves none for each of the \(accents.count) accents "
        + "of '\(language)'")
  }

  private func check(_ isGood: Bool, _ key: String, _ reason: String) throws(CorpusError) {
    if !isGood { throw .config(key: "corpus.\(key)", reason: reason) }
  }
}
