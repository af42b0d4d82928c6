internal import COpenBLAS

/// The processor for which OpenBLAS computes: it chooses when it is loaded, from those that it knows.
///
/// On an x86 processor newer than itself it falls back to `Prescott`, kernels of 2004 without AVX: five
/// times slower on an Emerald Rapids with OpenBLAS 0.3.21 (sgemm of 2048³ on 2 cores: 30 and 146
/// GFLOP/s). `OPENBLAS_CORETYPE` in the environment overrides the choice: `ProcessTuning`.
public enum BLASKernels {
  /// The processor whose kernels are in use, as OpenBLAS names it.
  public static var name: String { unsafe String(cString: openblas_get_corename()) }

  /// The kernels to ask for in place of `name`; nil where these are no fallback, or nothing better is
  /// sure to run.
  /// - Parameter cpuInfo: the text of /proc/cpuinfo.
  static func replacement(for name: String, cpuInfo: String) -> String? {
    guard name == "Prescott",
      let line = cpuInfo.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
    else { return nil }
    let flags = Set(line.split(whereSeparator: \.isWhitespace))
    if flags.isSuperset(of: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]) {
      return "SKYLAKEX"
    }
    return flags.isSuperset(of: ["avx2", "fma"]) ? "HASWELL" : nil
  }
}
