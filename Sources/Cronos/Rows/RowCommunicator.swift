import LinearAlgebra

/// The ranks that hold the rows of X between them. Sums over all rows go through it; all that is not as
/// long as the rows (weights, their duals, K, the preconditioner) is kept on every rank, the same.
///
/// Every rank makes the same calls in the same order: whatever decides how often something is called is
/// taken from `fromRoot`.
public protocol RowCommunicator: Sendable {
  /// This rank, in 0..<size.
  var rank: Int { get }
  /// The number of ranks, 1 or more.
  var size: Int { get }

  /// Replaces each element by its sum over the ranks: the same numbers on every rank, and from run to run.
  @unsafe func allReduce<S: BLASScalar>(_ elements: UnsafeMutableBufferPointer<S>)

  /// Replaces the bytes by those of one rank.
  @unsafe func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int)
}

/// All rows in this process. Nothing is copied, sent or waited for.
public struct SingleProcess: RowCommunicator {
  public init() {}
  public var rank: Int { 0 }
  public var size: Int { 1 }
  @unsafe public func allReduce<S: BLASScalar>(_ elements: UnsafeMutableBufferPointer<S>) {}
  @unsafe public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {}
}

extension RowCommunicator {
  /// Whether this rank speaks for all: it decides, reports and writes.
  public var isRoot: Bool { rank == 0 }

  /// The rows of this rank, of `count` in all: consecutive, and in the order of the ranks.
  public func share(of count: Int) -> Range<Int> {
    (count * rank / size)..<(count * (rank + 1) / size)
  }

  /// Each element summed over the ranks.
  func sum<S: BLASScalar>(_ matrix: inout Matrix<S>) {
    guard size > 1 else { return }
    unsafe matrix.withUnsafeMutableElements { unsafe allReduce($0) }
  }

  /// Each number summed over the ranks.
  public func sum(_ numbers: [Double]) -> [Double] {
    guard size > 1 else { return numbers }
    var numbers = numbers
    unsafe numbers.withUnsafeMutableBufferPointer { unsafe allReduce($0) }
    return numbers
  }

  /// The number summed over the ranks.
  public func sum(_ number: Double) -> Double { size > 1 ? sum([number])[0] : number }

  /// The number summed over the ranks, exact up to 2⁵³.
  public func sum(_ number: Int) -> Int { size > 1 ? Int(sum(Double(number))) : number }

  /// Whether it is so on any rank.
  public func any(_ condition: Bool) -> Bool {
    size > 1 ? sum(condition ? 1.0 : 0) > 0 : condition
  }

  /// The numbers as rank 0 has them. Ranks on other processors may round otherwise, and would part ways
  /// where a number decides.
  func fromRoot(_ numbers: [Double]) -> [Double] {
    guard size > 1 else { return numbers }
    var numbers = numbers
    unsafe numbers.withUnsafeMutableBytes { unsafe broadcast($0, from: 0) }
    return numbers
  }

  func fromRoot<S: BLASScalar>(_ matrix: inout Matrix<S>) {
    guard size > 1 else { return }
    unsafe matrix.withUnsafeMutableElements {
      unsafe broadcast(UnsafeMutableRawBufferPointer($0), from: 0)
    }
  }

  /// The text as one rank has it.
  public func text(_ text: String, from root: Int = 0) -> String {
    guard size > 1 else { return text }
    var bytes = Array(text.utf8)
    var count = [Int64(bytes.count)]
    unsafe count.withUnsafeMutableBytes { unsafe broadcast($0, from: root) }
    bytes = rank == root ? bytes : [UInt8](repeating: 0, count: Int(count[0]))
    unsafe bytes.withUnsafeMutableBytes { unsafe broadcast($0, from: root) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The texts of all ranks, in their order.
  public func texts(_ own: String) -> [String] {
    size > 1 ? (0..<size).map { text(own, from: $0) } : [own]
  }

  /// What each rank does by itself and may fail in: nobody goes on when one has failed.
  /// A body that calls the others has to fail on all ranks at the same place or on none.
  /// - Throws: what `body` throws; of several ranks, `RankFailure` on all of them, of the first that failed.
  public func together<R>(_ body: () throws -> R) throws -> R {
    guard size > 1 else { return try body() }
    let result = Result { try body() }
    // Agreed upon already, inside of the body.
    if case .failure(let error as RankFailure) = result { throw error }
    var failed = [Double](repeating: 0, count: size)
    if case .failure = result { failed[rank] = 1 }
    if let first = sum(failed).firstIndex(where: { $0 > 0 }) {
      var own: (any Error)?
      if case .failure(let error) = result { own = error }
      let message = text(own.map { "\($0)" } ?? "", from: first)
      throw RankFailure(rank: first, message: message, underlying: rank == first ? own : nil)
    }
    return try result.get()
  }
}

/// What one rank failed in, as all ranks know it.
public struct RankFailure: Error, CustomStringConvertible {
  /// The first rank that failed.
  public let rank: Int
  /// What it said.
  public let message: String
  /// The error itself, on the rank that failed.
  public let underlying: (any Error)?

  public var description: String { "rank \(rank): \(message)" }
}
