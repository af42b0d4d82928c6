internal import COpenBLAS
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The processor for which OpenBLAS computes: it chooses when it is loaded, from those that it knows.
///
/// On an x86 processor newer than itself it falls back to `Prescott`, kernels of 2004 without AVX: five
/// times slower on an Emerald Rapids with OpenBLAS 0.3.21 (sgemm of 2048³ on 2 cores: 30 and 146
/// GFLOP/s). `OPENBLAS_CORETYPE` in the environment overrides the choice.
public enum BLASKernels {
  /// The processor whose kernels are in use, as OpenBLAS names it.
  public static var name: String { unsafe String(cString: openblas_get_corename()) }

  /// Starts this program anew, with the same arguments, where OpenBLAS fell back although it has faster
  /// kernels that this processor runs, and nobody chose. Otherwise, or where that fails, it returns.
  ///
  /// To be called first: what was done before is done again.
  public static func restartIfFallenBack() {
    guard ProcessInfo.processInfo.environment[variable] == nil,
      let better = replacement(
        for: name, cpuInfo: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")
    else { return }
    // By its own path, so that the process keeps its name.
    let link = "/proc/self/exe"
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) ?? link
    unsafe setenv(variable, better, 1)
    // Its threads wait in a busy loop, 2²⁶ ticks long unless told, in which this program's own threads want
    // the processor.
    unsafe setenv("OPENBLAS_THREAD_TIMEOUT", "10", 0)
    let arguments = unsafe CommandLine.arguments.map { unsafe strdup($0) } + [nil]
    unsafe execv(program, arguments)
  }

  private static let variable = "OPENBLAS_CORETYPE"

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
