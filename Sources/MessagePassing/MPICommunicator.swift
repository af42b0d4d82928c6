#if MPI
  internal import CMPI
  import Cronos
  import LinearAlgebra

  /// The ranks of MPI's world. A call that fails ends all of them: that is MPI's own way of handling errors.
  public struct MPICommunicator: RowCommunicator {
    public let rank: Int
    public let size: Int

    /// Starts MPI, which `Launch.finish` ends.
    init() throws(LaunchError) {
      let code = cld_mpi_init()
      guard code == MPI_SUCCESS else { throw .failed(call: "MPI_Init_thread", code: Int(code)) }
      var (rank, size) = (Int32(0), Int32(1))
      for (call, code) in unsafe [
        ("MPI_Comm_rank", cld_mpi_rank(&rank)), ("MPI_Comm_size", cld_mpi_size(&size)),
      ] {
        guard code == MPI_SUCCESS else { throw .failed(call: call, code: Int(code)) }
      }
      (self.rank, self.size) = (Int(rank), Int(size))
    }

    @unsafe public func allReduce<S: BLASScalar>(_ elements: UnsafeMutableBufferPointer<S>) {
      for part in Self.parts(elements.count) {
        let bytes = unsafe UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: elements[part]))
        if S.self == Float.self {
          let floats = unsafe bytes.assumingMemoryBound(to: Float.self)
          unsafe Self.check(cld_mpi_sum_floats(floats.baseAddress, Int32(floats.count)))
        } else {
          let doubles = unsafe bytes.assumingMemoryBound(to: Double.self)
          unsafe Self.check(cld_mpi_sum_doubles(doubles.baseAddress, Int32(doubles.count)))
        }
      }
    }

    @unsafe public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {
      for part in Self.parts(bytes.count) {
        unsafe Self.check(
          cld_mpi_broadcast(
            UnsafeMutableRawBufferPointer(rebasing: bytes[part]).baseAddress, Int32(part.count),
            Int32(root)))
      }
    }

    /// MPI's own handler has ended all ranks before a call returns anything else.
    private static func check(_ code: Int32) {
      precondition(code == MPI_SUCCESS, "MPI: code \(code)")
    }

    /// MPI counts in 32 bits.
    private static func parts(_ count: Int) -> [Range<Int>] {
      stride(from: 0, to: count, by: 1 << 30).map { $0..<min($0 + 1 << 30, count) }
    }
  }
#endif

extension Launch {
  /// Ends MPI, when all that the ranks do together is done. A process that exits without it ends the others.
  public static func finish() {
    #if MPI
      if ranks > 1 { _ = MPI_Finalize() }
    #endif
  }

  /// Ends all ranks at once, from one that cannot go on while others wait for it.
  public static func abort(status: Int32) {
    #if MPI
      if ranks > 1 { cld_mpi_abort(status) }
    #endif
  }
}
