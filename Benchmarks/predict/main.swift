// How long the convex head takes to answer, at the model card's size unless told: for one embedding, each
// answer timed by itself, beside one reading of the weights by one thread and the product of matrices that
// a product with a vector replaces, and for 16,000 at once. Answers of both kinds are then compared with
// float64; a wrong one ends this with status 1.
import Cronos
import Foundation
import LinearAlgebra

ProcessTuning.restart()
let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let (d, neurons, classes) =
  arguments.count == 3 ? (arguments[0], arguments[1], arguments[2]) : (1280, 64, 5)

var generator = SeededGenerator(seed: 1)
func matrix(
  _ rows: Int, _ columns: Int, _ generator: inout SeededGenerator
) -> Matrix<Float> {
  Matrix(
    rows: rows, columns: columns,
    (0..<(rows * columns)).map { _ in Float(generator.unit() - 0.5) })
}

let head = ConvexHead(
  hiddenWeights: matrix(d, classes * 2 * neurons, &generator),
  outputWeights: matrix(classes, 2 * neurons, &generator))
print("width \(d), \(2 * neurons) units for each of \(classes) languages, \(Threads.count) threads")

func seconds(_ body: () -> Void) -> Double {
  let elapsed = ContinuousClock.now
  body()
  let parts = (ContinuousClock.now - elapsed).components
  return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
}

/// Ends the program unless the head's logits of some rows are those of float64. A sum of float32 errs by at
/// most one unit of rounding a term, in any order (Higham, §3.1): the bound takes the terms' sizes with it.
func requireRightAnswers(_ head: ConvexHead, _ x: Matrix<Float>, rows: [Int]) {
  let logits = head.logits(x)
  for row in rows {
    let embedding = x.row(row)
    for c in 0..<head.classes {
      var (logit, size) = (0.0, 0.0)
      for unit in 0..<head.units {
        var (sum, absolute) = (0.0, 0.0)
        for (j, value) in embedding.enumerated() {
          let term = Double(value) * Double(head.hiddenWeights[j, c * head.units + unit])
          sum += term
          absolute += abs(term)
        }
        let weight = Double(head.outputWeights[c, unit])
        logit += max(sum, 0) * weight
        size += absolute * abs(weight)
      }
      let bound = Double(embedding.count + head.units) * Double(Float.ulpOfOne) * size
      guard abs(Double(logits[row, c]) - logit) <= bound else {
        print("wrong: row \(row) of \(x.rows), logit \(c): \(logits[row, c]), not \(logit)")
        exit(1)
      }
    }
  }
}

var checksum: Float = 0
let one = (0..<64).map { _ in matrix(1, d, &generator) }
let weights = head.hiddenWeights.elements
var times: (answers: [Double], readings: [Double], products: [Double]) = ([], [], [])
for i in 0..<2000 {
  times.answers.append(seconds { checksum += head.logits(one[i % one.count])[0, 0] })
  // A dot product with itself reads each number once.
  times.readings.append(seconds { checksum += dot(weights, weights) })
  times.products.append(
    seconds { checksum += multiply(one[i % one.count], head.hiddenWeights)[0, 0] })
}
times = (times.answers.sorted(), times.readings.sorted(), times.products.sorted())
func milliseconds(_ seconds: Double) -> Double { (seconds * 1e6).rounded() / 1e3 }
let (answer, reading) = (times.answers[1000], times.readings[1000])
print(
  "one embedding: median \(milliseconds(answer)) ms, 99 % below \(milliseconds(times.answers[1980])) ms"
)
print("as a product of matrices alone: median \(milliseconds(times.products[1000])) ms")
let bytes = Double(weights.count * MemoryLayout<Float>.stride)
print(
  "reading the \((bytes / 1e5).rounded() / 10) MB of weights once: median \(milliseconds(reading)) ms, "
    + "\(Int(bytes / reading / 1e9)) GB/s; an answer takes \((answer / reading * 100).rounded() / 100) of it"
)

let many = matrix(16_000, d, &generator)
let best = (0..<5).map { _ in seconds { checksum += head.logits(many)[0, 0] } }.min() ?? 0
print("16,000 embeddings: \(best) s, \(Int(16_000 / best)) a second")
// The sum is printed so that nothing may be left out.
print("checksum \(checksum)")

for x in one.prefix(4) { requireRightAnswers(head, x, rows: [0]) }
requireRightAnswers(head, many, rows: [0, 1, 255, 256, 8_191, 15_999])
print("answers checked")
