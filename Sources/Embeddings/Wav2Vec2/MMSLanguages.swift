/// How MMS calls the languages that corpora and Whisper know by their codes of ISO 639-1.
public enum MMSLanguages {
  /// The adapter of each language, named as in `adapter.<name>.safetensors` of mms-1b-all. Malay is
  /// written in its own adapter, Chinese in simplified characters.
  public static let adapters: [String: String] = {
    var adapters = Dictionary(uniqueKeysWithValues: codes.map { ($0.short, $0.long) })
    adapters["ms"] = "zlm"
    adapters["zh"] = "cmn-script_simplified"
    return adapters
  }()

  /// The language that each label of the mms-lid detectors (ISO 639-3) stands for. All that is
  /// written as Chinese is "zh": Mandarin, Cantonese, Min, Wu, Hakka and others; all of Malay "ms".
  public static let labels: [String: String] = {
    var labels = Dictionary(uniqueKeysWithValues: codes.map { ($0.long, $0.short) })
    for code in ["zlm", "zsm", "msa", "may"] { labels[code] = "ms" }
    for code in chinese.split(separator: " ") { labels[String(code)] = "zh" }
    return labels
  }()

  /// The members of the macrolanguage zho, and its own codes.
  private static let chinese =
    "zho chi cmn yue nan wuu hak gan hsn cdo cpx cjy czh czo mnp cnp csp lzh luh sjc hnm"

  private static let codes: [(short: String, long: String)] = table.split(separator: " ").map {
    let parts = $0.split(separator: ":").map(String.init)
    return (parts[0], parts[1])
  }

  /// Languages of Common Voice whose code has two letters and which MMS writes in one script.
  private static let table = """
    en:eng hi:hin id:ind de:deu fr:fra es:spa it:ita pt:por nl:nld pl:pol ru:rus uk:ukr be:bel bg:bul \
    cs:ces sk:slk ro:ron hu:hun fi:fin sv:swe da:dan el:ell tr:tur ar:ara fa:fas he:heb ja:jpn \
    ko:kor vi:vie th:tha ta:tam te:tel ml:mal mr:mar bn:ben gu:guj pa:pan or:ory as:asm ne:npi \
    ka:kat hy:hye eu:eus ca:cat gl:glg cy:cym ga:gle br:bre mt:mlt et:ekk lv:lav lt:lit sl:slv \
    mn:mon ky:kir sw:swh ha:hau ig:ibo yo:yor rw:kin lg:lug am:amh ti:tir ps:pus is:isl my:mya \
    km:khm lo:lao si:sin tg:tgk tk:tuk tl:tgl jv:jav
    """
}
