internal import COpenBLAS
import Synchronization

extension Threads {
  private static let serialScopes = Mutex(0)

  /// Runs `body` while BLAS itself uses one thread, and `concurrentRanges` as many as ever: for code
  /// that splits its work by rows or heads and calls BLAS inside each part. OpenBLAS's own threads
  /// would wait in a busy loop between two calls and take the cores from such loops.
  ///
  /// Scopes may nest and overlap on several threads; BLAS gets its threads back when the last ends.
  /// The setting is the process's: other BLAS calls meanwhile run on one thread too.
  public static func withSerialBLAS<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    serialScopes.withLock { scopes in
      if scopes == 0 { openblas_set_num_threads(1) }
      scopes += 1
    }
    defer {
      serialScopes.withLock { scopes in
        scopes -= 1
        if scopes == 0 { openblas_set_num_threads(Int32(count)) }
      }
    }
    return try body()
  }
}
