import Foundation
import LinearAlgebra

@testable import Cronos

/// Ranks that are threads of this process, which meet at each call.
final class ThreadRanks: Sendable {
  private struct State {
    var contributions: [UnsafeMutableRawBufferPointer?]
    var arrived = 0
    var round = 0
  }

  let size: Int
  private let condition = NSCondition()
  nonisolated(unsafe) private var state: State

  private init(_ size: Int) {
    self.size = size
    state = State(contributions: Array(repeating: nil, count: size))
  }

  /// Waits until all ranks are here. A call that the others do not make would hang: it ends the tests.
  private func meet() {
    condition.lock()
    defer { condition.unlock() }
    let round = state.round
    state.arrived += 1
    if state.arrived == size {
      (state.arrived, state.round) = (0, round + 1)
      condition.broadcast()
    }
    while state.round == round {
      precondition(condition.wait(until: Date(timeIntervalSinceNow: 120)), "a rank never came")
    }
  }

  private func exchange(
    _ rank: Int, _ bytes: UnsafeMutableRawBufferPointer,
    _ body: ([UnsafeMutableRawBufferPointer]) -> [UInt8]
  ) {
    condition.withLock { state.contributions[rank] = bytes }
    meet()
    let all = condition.withLock { state.contributions.compactMap { $0 } }
    precondition(Set(all.map(\.count)) == [bytes.count], "ranks made different calls")
    let result = body(all)
    meet()
    bytes.copyBytes(from: result)
    meet()
  }

  private struct Rank: RowCommunicator {
    let ranks: ThreadRanks
    let rank: Int
    var size: Int { ranks.size }

    func allReduce<S: BLASScalar>(_ elements: UnsafeMutableBufferPointer<S>) {
      ranks.exchange(rank, UnsafeMutableRawBufferPointer(elements)) { all in
        var sum = [S](repeating: 0, count: elements.count)
        for part in all {
          for (i, x) in part.bindMemory(to: S.self).enumerated() { sum[i] += x }
        }
        return sum.withUnsafeBytes { Array($0) }
      }
    }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {
      ranks.exchange(rank, bytes) { Array($0[root]) }
    }
  }

  /// Runs `body` on each of so many ranks at the same time; the results in their order.
  static func run<R: Sendable>(
    _ size: Int, _ body: @escaping @Sendable (any RowCommunicator) throws -> R
  ) -> [Result<R, any Error>] {
    let ranks = ThreadRanks(size)
    let results = Results<R>()
    let group = DispatchGroup()
    for rank in 0..<size {
      group.enter()
      let thread = Thread {
        results.set(rank, Result { try body(Rank(ranks: ranks, rank: rank)) })
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    return results.inOrder
  }

  private final class Results<R: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Int: Result<R, any Error>] = [:]
    func set(_ rank: Int, _ value: Result<R, any Error>) { lock.withLock { values[rank] = value } }
    var inOrder: [Result<R, any Error>] {
      lock.withLock { values.keys.sorted().compactMap { values[$0] } }
    }
  }
}

extension LabelledEmbeddings {
  /// The rows of `range`, as the share of one rank.
  func share(_ range: Range<Int>) throws -> LabelledEmbeddings {
    try LabelledEmbeddings(
      features: features.selectingRows(range), labels: Array(labels[range]), classes: classes,
      firstRow: range.lowerBound)
  }
}
