import Testing

@testable import LinearAlgebra

@Suite struct BLASKernelsTests {
  private let avx512 = "avx512f avx512bw avx512cd avx512dq avx512vl"

  @Test func aFallbackIsReplacedByWhatTheProcessorRuns() {
    func choice(_ flags: String) -> String? {
      BLASKernels.replacement(
        for: "Prescott", cpuInfo: "processor\t: 0\nflags\t\t: fpu sse2 \(flags)\nprocessor\t: 1\n")
    }
    #expect(choice("avx fma avx2 \(avx512)") == "SKYLAKEX")
    #expect(choice("avx fma avx2 avx512f avx512cd") == "HASWELL")  // a Xeon Phi
    #expect(choice("avx fma avx2") == "HASWELL")
    #expect(choice("avx avx2") == nil && choice("avx") == nil)
  }

  @Test func aChoiceIsKept() {
    let flags = "flags : avx2 fma \(avx512)"
    for name in ["SkylakeX", "Haswell", "Zen", "Nehalem", "neoversen1"] {
      #expect(BLASKernels.replacement(for: name, cpuInfo: flags) == nil)
    }
    #expect(BLASKernels.replacement(for: "Prescott", cpuInfo: "") == nil)
  }

  @Test func onlyAFallbackIsGivenOtherKernels() {
    let flags = "flags : avx2 fma"
    let (fallen, chosen) = (
      ProcessTuning.variables(kernels: "Prescott", cpuInfo: flags),
      ProcessTuning.variables(kernels: "Zen", cpuInfo: flags)
    )
    #expect(fallen["OPENBLAS_CORETYPE"] == "HASWELL" && chosen["OPENBLAS_CORETYPE"] == nil)
    #expect(Set(chosen.keys) == ["OPENBLAS_THREAD_TIMEOUT", "GLIBC_TUNABLES"])
  }

  @Test func theNameIsKnown() { #expect(!BLASKernels.name.isEmpty) }
}
