import LinearAlgebra

/// Dense rows as the index-value pairs that liblinear and libsvm read, each row ended by index −1,
/// with `extra` free places before that.
struct SparseRows {
  private let x: Matrix<Float>
  private let extra: Int

  init(_ x: Matrix<Float>, extra: Int = 0) { (self.x, self.extra) = (x, extra) }

  func map<Node>(_ node: (Int32, Double) -> Node) -> [Node] {
    var nodes: [Node] = []
    nodes.reserveCapacity(x.rows * (x.columns + extra + 1))
    for i in 0..<x.rows {
      for (j, value) in x.row(i).enumerated() { nodes.append(node(Int32(j + 1), Double(value))) }
      for _ in 0...extra { nodes.append(node(-1, 0)) }
    }
    return nodes
  }
}
