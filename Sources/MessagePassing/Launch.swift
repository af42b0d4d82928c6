import Cronos
import Foundation

/// How this process was started: by itself, or by `mpirun` as one of several ranks.
public enum Launch {
  /// The ranks that `mpirun` says it started; 1 for a process by itself.
  public static var ranks: Int { number("OMPI_COMM_WORLD_SIZE") ?? 1 }

  /// This process's number among them, known before they speak to each other.
  public static var rank: Int { number("OMPI_COMM_WORLD_RANK") ?? 0 }

  /// The ranks on this machine.
  public static var ranksHere: Int { number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? 1 }

  /// What the ranks speak through, or a single process. To be called once, on the main thread.
  /// - Throws: `LaunchError` where there are several ranks and this build has no MPI.
  public static func communicator() throws(LaunchError) -> any RowCommunicator {
    guard ranks > 1 else { return SingleProcess() }
    #if MPI
      return try MPICommunicator()
    #else
      throw .noMPI(ranks: ranks)
    #endif
  }

  private static func number(_ variable: String) -> Int? {
    ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
  }
}

/// Why several ranks cannot work together.
public enum LaunchError: Error, Equatable, CustomStringConvertible {
  case noMPI(ranks: Int)
  case failed(call: String, code: Int)

  public var description: String {
    switch self {
    case .noMPI(let ranks):
      "started as one of \(ranks) ranks, but this build has no MPI; make build-mpi makes one that has"
    case .failed(let call, let code): "\(call) failed with code \(code)"
    }
  }
}
