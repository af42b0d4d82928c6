import Foundation

enum SystemError {
  /// What the C library says about the call that failed last on this thread.
  static var last: String { unsafe String(cString: strerror(errno)) }
}
