import Evaluation
import Foundation
internal import GRDB

/// The trials of one sweep in an SQLite file, shared by all processes that work on it.
///
/// Every step is a transaction: a process that is killed leaves trials as they were after the last one.
/// A process that works on a trial holds a lease of it, which it renews; a lease that has run out, or whose
/// process has ended, is taken over. A result is kept only if its process still holds the lease, so that
/// no rung of a trial counts twice.
public final class TrialStore: Sendable {
  /// The SQLite file.
  public let path: String
  let owner: Owner
  private let now: @Sendable () -> Double
  private let queue: DatabaseQueue

  /// Seconds that a lease holds; it is renewed at a quarter of them.
  public static let leaseSeconds = 60.0
  /// So many processes may end in the same trial before it counts as failed.
  static let mostLosses = 3

  /// Opens the store of a sweep, or makes it.
  /// - Parameters:
  ///   - definition: what the trials depend on: a store that was made with another one is refused. A member
  ///     `trials` may differ.
  ///   - now: seconds since 1970.
  public init(
    path: String, definition: [String: JSONValue], owner: Owner = .current,
    now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
  ) throws(StoreError) {
    (self.path, self.owner, self.now) = (path, owner, now)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotOpen(path: path, reason: "\(folder.relativePath) cannot be made")
    }
    queue = try StoreSchema.open(path)
    try settle(definition)
  }

  /// Opens a store that is there, to look at.
  public init(reading path: String) throws(StoreError) {
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
    (self.path, owner, now) = (path, .current, { 0 })
    queue = try StoreSchema.open(path)
  }

  private func settle(_ definition: [String: JSONValue]) throws(StoreError) {
    let text = JSONValue.object(definition).compact
    try change { db in
      guard let saved = try Self.property("definition", db) else {
        try Self.set("definition", text, db)
        return
      }
      guard case .object(let before) = try Self.decode(JSONValue.self, saved) else { return }
      let keys = Set(before.keys).union(definition.keys).filter {
        $0 != "trials" && before[$0] != definition[$0]
      }
      guard keys.isEmpty else { throw StoreError.otherSweep(path: self.path, keys: keys.sorted()) }
      try Self.set("definition", text, db)
    }
  }

  /// All trials, by number.
  public func trials() throws(StoreError) -> [Trial] { try change { db in try Self.trials(db) } }

  /// The objective of a trial at each rung that it ended.
  public func results() throws(StoreError) -> [Int: [(iterations: Int, value: Double)]] {
    try change { db in
      var results: [Int: [(iterations: Int, value: Double)]] = [:]
      for row in try Row.fetchAll(
        db, sql: "SELECT trial, iterations, value FROM results ORDER BY trial, rung")
      {
        results[row[0], default: []].append((row[1], row[2]))
      }
      return results
    }
  }

  /// Adds the trials of a fixed search that are not there yet.
  public func plan(_ settings: [[String: JSONValue]]) throws(StoreError) {
    try change { db in
      for (number, settings) in settings.enumerated() {
        try db.execute(
          sql: "INSERT OR IGNORE INTO trials (number, settings, state) VALUES (?, ?, 'waiting')",
          arguments: [number, JSONValue.object(settings).compact])
      }
    }
  }

  // MARK: One owner's work

  /// Renews the leases that this process holds.
  public func renew() throws(StoreError) {
    try change { db in
      try db.execute(
        sql: "UPDATE leases SET expires = ? WHERE owner = ?",
        arguments: [self.now() + Self.leaseSeconds, self.owner.description])
    }
  }

  /// What a trial gave at the end of a rung.
  public struct Outcome: Sendable {
    /// The objective of each seed, one or more.
    public var values: [Double]
    /// Iterations done at the end of the rung.
    public var iterations: Int
    /// Wall time of this rung alone.
    public var seconds: Double

    /// - Parameter values: the objective of each seed; at least one.
    public init(values: [Double], iterations: Int, seconds: Double) {
      (self.values, self.iterations, self.seconds) = (values, iterations, seconds)
    }
  }

  /// Keeps what a trial gave at its rung.
  /// - Parameter isLast: whether that was its last rung.
  /// - Returns: false where another process has taken the trial over: nothing is kept then.
  @discardableResult
  public func record(
    _ trial: Trial, _ outcome: Outcome, isLast: Bool
  ) throws(StoreError) -> Bool {
    precondition(!outcome.values.isEmpty, "trial \(trial.number): an outcome without a value")
    let value = outcome.values.reduce(0, +) / Double(outcome.values.count)
    return try change { db in
      guard try self.endLease(of: trial.number, db) else { return false }
      try db.execute(
        sql: """
          INSERT INTO results (trial, rung, iterations, value, owner) VALUES (?, ?, ?, ?, ?);
          UPDATE trials SET state = ?, rung = ?, value = ?, seeds = ?, iterations = ?,
            seconds = seconds + ? WHERE number = ?
          """,
        arguments: [
          trial.number, trial.rung, outcome.iterations, value, self.owner.description,
          isLast ? "done" : "waiting", isLast ? trial.rung : trial.rung + 1, value,
          try Self.encode(outcome.values), outcome.iterations, outcome.seconds, trial.number,
        ])
      return true
    }
  }

  /// Keeps why a trial failed.
  public func fail(_ trial: Trial, _ reason: String, seconds: Double) throws(StoreError) {
    try change { db in
      guard try self.endLease(of: trial.number, db) else { return }
      try db.execute(
        sql:
          "UPDATE trials SET state = 'failed', reason = ?, seconds = seconds + ? WHERE number = ?",
        arguments: [reason, seconds, trial.number])
    }
  }

  /// Gives a trial back that was interrupted: another process, or this one later, does it.
  public func release(_ trial: Trial) throws(StoreError) {
    try change { db in
      guard try self.endLease(of: trial.number, db) else { return }
      try db.execute(
        sql: "UPDATE trials SET state = 'waiting', attempts = attempts - 1 WHERE number = ?",
        arguments: [trial.number])
    }
  }

  // MARK: The end

  /// Lease 0 … are trials'.
  private static let finale = -1

  /// Whether this process shall evaluate the best trial: true for one process, until that has ended.
  public func claimFinale() throws(StoreError) -> Bool {
    try change { db in
      guard try Self.property("finale", db) == nil, try self.isFree(Self.finale, db) else {
        return false
      }
      try self.lease(Self.finale, db)
      return true
    }
  }

  /// Whether the best trial has been evaluated.
  public func finaleIsOver() throws(StoreError) -> Bool {
    try change { db in try Self.property("finale", db) != nil }
  }

  /// The best trial has been evaluated, or could not be.
  public func endFinale(isOver: Bool) throws(StoreError) {
    try change { db in
      guard try self.endLease(of: Self.finale, db), isOver else { return }
      try Self.set("finale", "over", db)
    }
  }

  // MARK: Leases, in a transaction

  func lease(_ number: Int, _ db: Database) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO leases (number, owner, expires) VALUES (?, ?, ?)",
      arguments: [number, owner.description, now() + Self.leaseSeconds])
  }

  /// Whether nobody who lives holds a lease that holds.
  func isFree(_ number: Int, _ db: Database) throws -> Bool {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT owner, expires FROM leases WHERE number = ?", arguments: [number])
    else { return true }
    return row["expires"] < now() || Owner(row["owner"])?.isGone != false
  }

  /// Ends this process' lease; false if it has none.
  private func endLease(of number: Int, _ db: Database) throws -> Bool {
    try db.execute(
      sql: "DELETE FROM leases WHERE number = ? AND owner = ?",
      arguments: [number, owner.description])
    return db.changesCount == 1
  }

  // MARK: Transactions

  /// One transaction, that waits for those of other processes.
  func change<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      return try queue.writeWithoutTransaction { db in
        var value: Value?
        try db.inTransaction(.immediate) {
          value = try body(db)
          return .commit
        }
        guard let value else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
        return value
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw .cannotUse(path: path, reason: StoreSchema.reason(error))
    }
  }

  static func property(_ name: String, _ db: Database) throws -> String? {
    try String.fetchOne(
      db, sql: "SELECT value FROM properties WHERE name = ?", arguments: [name])
  }

  static func set(_ name: String, _ value: String, _ db: Database) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO properties (name, value) VALUES (?, ?)",
      arguments: [name, value])
  }

  static func trials(_ db: Database) throws -> [Trial] {
    try Row.fetchAll(db, sql: "SELECT * FROM trials ORDER BY number").map { row in
      guard case .object(let settings) = try decode(JSONValue.self, row["settings"]) else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the settings of a trial")
      }
      var trial = Trial(number: row["number"], settings: settings)
      trial.state = Trial.State(rawValue: row["state"]) ?? .failed
      (trial.rung, trial.value, trial.iterations) = (row["rung"], row["value"], row["iterations"])
      trial.values = try decode([Double].self, row["seeds"])
      (trial.reason, trial.seconds, trial.attempts) = (
        row["reason"], row["seconds"], row["attempts"]
      )
      return trial
    }
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ text: String
  ) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  private static func encode(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }
}
