import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// What libraries read from the environment when they are loaded, and then no more.
public enum ProcessTuning {
  /// Starts this program anew, with the same arguments, where OpenBLAS and the C library's allocator are not
  /// told how to serve it. What somebody chose stays. Where all is chosen, or the start fails, it returns.
  ///
  /// To be called first: what was done before is done again.
  public static func restart() {
    let chosen = ProcessInfo.processInfo.environment
    let missing = variables(
      kernels: BLASKernels.name,
      cpuInfo: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    ).filter { chosen[$0.key] == nil }
    guard !missing.isEmpty else { return }
    for (name, value) in missing { unsafe setenv(name, value, 1) }
    // By its own path, so that the process keeps its name.
    let link = "/proc/self/exe"
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) ?? link
    let arguments = unsafe CommandLine.arguments.map { unsafe strdup($0) } + [nil]
    unsafe execv(program, arguments)
  }

  /// The environment to run in.
  /// - Parameters:
  ///   - kernels: those that OpenBLAS chose by itself.
  ///   - cpuInfo: the text of /proc/cpuinfo.
  static func variables(kernels: String, cpuInfo: String) -> [String: String] {
    var variables = [
      // OpenBLAS's threads wait in a busy loop, 2²⁶ ticks long unless told, in which this program's own
      // threads want the processor. 2²⁰, less than a millisecond, spans the calls of a factorisation.
      "OPENBLAS_THREAD_TIMEOUT": "20",
      // Memory that was freed stays with the process, in one heap. By itself the allocator gives back what lies
      // at the end of a heap, and threads have heaps of 64 MiB that only few matrices fit into; matrices that are
      // made in turn are then written for the first time each: slow, above all on virtual machines. Blocks above
      // 32 MiB, which do not come from the heap, still go back.
      "GLIBC_TUNABLES": [
        "mmap_threshold=33554432", "trim_threshold=4294967296", "arena_max=1",
      ].map { "glibc.malloc.\($0)" }.joined(separator: ":"),
    ]
    variables["OPENBLAS_CORETYPE"] = BLASKernels.replacement(for: kernels, cpuInfo: cpuInfo)
    return variables
  }
}
