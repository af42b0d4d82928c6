/// The stack with its marks, the memo, and what may be put there in all.
extension PickleMachine {
  mutating func count(_ new: Int) throws(PickleFault) {
    values += new
    guard values <= Self.valueLimit else {
      throw .malformed("more than \(Self.valueLimit) values: no pickled head has so many")
    }
  }

  /// - Parameter bytes: how many are about to be made from bytes of the file.
  mutating func convert(_ bytes: Int) throws(PickleFault) {
    conversionBudget -= bytes
    guard conversionBudget >= 0 else { throw .malformed("the same text is converted repeatedly") }
  }

  mutating func push(_ value: PickleValue) throws(PickleFault) {
    try count(1)
    stack.append(value)
  }

  func top() throws(PickleFault) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw Self.underflow }
    return value
  }

  mutating func pop() throws(PickleFault) -> PickleValue { try pop(1)[0] }

  /// The last values, in the order they were pushed; none from before the last mark.
  mutating func pop(_ count: Int) throws(PickleFault) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw Self.underflow }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  mutating func popToMark() throws(PickleFault) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw .malformed("no MARK is open") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  static var underflow: PickleFault { .malformed("the stack has too few values") }

  mutating func memoize(at index: Int) throws(PickleFault) {
    guard index >= 0 else { throw .malformed("memo entry \(index)") }
    try count(1)
    memo[index] = try top()
  }

  mutating func recall(_ index: Int) throws(PickleFault) {
    guard let value = memo[index] else { throw .malformed("memo entry \(index) was never put") }
    try push(value)
  }
}
