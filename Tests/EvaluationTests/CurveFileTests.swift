import Foundation
import Testing

@testable import Evaluation

@Suite struct CurveFileTests {
  private let trace = [
    RunReport.TracePoint(iteration: 1, seconds: 0.5, trainLoss: 0.25, trainAccuracy: 0.5),
    RunReport.TracePoint(iteration: 2, seconds: 1, trainLoss: 0.125, objective: .infinity),
  ]

  @Test func csvHasAColumnForEachCurve() {
    let lines = CurveFile.csv(trace).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("iteration,seconds,train/loss,train/accuracy,validation/loss"))
    #expect(lines[1] == "1,0.5,0.25,0.5,,,,,,,")
    #expect(lines[2] == "2,1.0,0.125,,,,,,,,")
  }

  /// RFC 3720, B.4: 32 bytes of zeros, of ones, and 0 … 31.
  @Test func crcIsCastagnolis() {
    #expect(EventFile.crc32c(Data(repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(EventFile.crc32c(Data(repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(EventFile.crc32c(Data(0..<32)) == 0x46DD_794E)
  }

  /// What tensorboard 2.21 computes for the record of "abc".
  @Test func checksumsAreMasked() {
    let length: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0]
    #expect(
      EventFile.record(Data("abc".utf8))
        == Data(length + [0xB0, 0x99, 0x49, 0x0E] + Array("abc".utf8) + [0x6E, 0x57, 0xF1, 0x21]))
  }

  /// The bytes that tensorboard 2's own writer makes of the same events, checked with its reader.
  @Test func recordsAreFramedAndEncoded() throws {
    let file = EventFile.data(trace, start: Date(timeIntervalSince1970: 0))
    var records: [Data] = []
    var rest = file
    while !rest.isEmpty {
      let length = Int(rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
      records.append(Data(rest.dropFirst(12).prefix(length)))
      #expect(EventFile.record(records[records.count - 1]) == rest.prefix(16 + length))
      rest = rest.dropFirst(16 + length)
    }
    #expect(records.count == 3)
    #expect(
      records[0] == Data([9] + [UInt8](repeating: 0, count: 8) + [26, 13])
        + Data("brain.Event:2".utf8))
    // wall_time 0.5; step 1; a summary of two values, the first "train/loss" = 0.25.
    #expect(records[1].prefix(11) == Data([9, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F, 16, 1]))
    let value = Data([10, 17, 10, 10]) + Data("train/loss".utf8) + Data([0x15, 0, 0, 0x80, 0x3E])
    #expect(records[1].range(of: value) != nil)
    #expect(records[2].range(of: Data("objective".utf8)) == nil)
  }
}
