import Foundation
import Testing

@testable import Interchange

/// Pickles written by hand, opcode by opcode: what must be refused, and at which byte.
@Suite struct PickleMachineTests {
  private func error(_ pickle: Data) -> PickleError? {
    #expect(throws: PickleError.self) { try PickledObject(data: pickle, name: "p") }
  }

  private func text(_ pickle: String) -> Data {
    Data(pickle.unicodeScalars.map { UInt8($0.value) })
  }

  @Test(arguments: [
    "cos\nsystem\n.", "cposix\nsystem\n.", "cbuiltins\neval\n.", "c__builtin__\ngetattr\n.",
    "cjaxcld.models.cvx_relu_mlp\nConvex_MLP\n.", "cnumpy\nload\n.", "csubprocess\nPopen\n.",
    "\u{80}\u{4}\u{8C}\u{2}os\u{8C}\u{6}system\u{93}.", "cnumpy.core.multiarray\nfromfile\n.",
    "ccopyreg\n__newobj__\n.", "cjaxcld.models.cvx_relu_mlp\nCVX_ReLU_MLP.__init__\n.",
  ])
  func globalsOutsideTheList(pickle: String) {
    guard case .global(_, _, let name) = error(text(pickle)) else {
      Issue.record("no refusal of a global")
      return
    }
    let end = name.split(separator: ".").last.map(String.init) ?? ""
    #expect(pickle.contains(end))
  }

  @Test(arguments: [
    ("Pid\n.", "PERSID"), ("NQ.", "BINPERSID"), ("(ios\nsystem\n.", "INST"), ("(o.", "OBJ"),
    ("\u{82}\u{1}.", "EXT1"), ("\u{8F}.", "EMPTY_SET"), ("(\u{91}.", "FROZENSET"),
    ("\u{97}.", "NEXT_BUFFER"), ("\u{FF}.", "0xff"), ("\u{0}", "0x0"),
  ])
  func opcodesOutsideTheList(pickle: String, name: String) {
    guard case .opcode(_, _, let found) = error(text(pickle)) else {
      Issue.record("no refusal of an opcode")
      return
    }
    #expect(found.hasPrefix(name))
  }

  @Test(arguments: [
    ("", "ends without STOP"), ("N", "ends without STOP"), (".", "STOP with 0 values"),
    ("NN.", "STOP with 2 values"), ("(N.", "1 marks open"), ("}.extra", "bytes after STOP"),
    ("0.", "too few values"), ("2.", "too few values"), ("R.", "too few values"),
    ("N(R.", "too few values"), ("\u{86}.", "too few values"), ("t.", "no MARK"),
    ("u.", "no MARK"), ("q\u{0}.", "too few values"), ("N(q\u{0}.", "too few values"),
    ("h\u{7}.", "memo entry 7 was never put"), ("g-1\n.", "memo entry -1 was never put"),
    ("Np-1\n.", "memo entry -1"), ("NNs.", "too few values"), ("NNNs.", "SETITEM on None"),
    ("NNa.", "APPEND to None"), ("}(Nu.", "a key without a value"), ("(Nd.", "a key without"),
    ("NN\u{93}.", "where a name is needed"),
    ("\u{8C}\u{3}a\u{1B}b\u{8C}\u{1}c\u{93}.", "where a name is needed"), ("NNb.", "BUILD on None"),
    ("N)R.", "REDUCE calls None"),
    ("\u{80}\u{6}.", "protocol 6 is not known"), ("X\u{FF}\u{FF}\u{FF}\u{7F}.", "are announced"),
    ("\u{8E}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{80}.", "9223372036854775808 bytes are announced"),
    ("\u{95}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}.", "are announced"),
    ("\u{8A}\u{9}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{1}.", "more than 64 bits"),
    ("I99999999999999999999\n.", "no integer of 64 bits"), ("Fx\n.", "no number"),
    ("S'a\n.", "without quotes"), ("Vab\\u12\n.", "broken escape"),
    ("Iunfinished", "without an end"),
    ("N.", "neither an object nor a dictionary"), ("}K\u{1}Ns.", "not a name"),
    ("cnumpy\nndarray\n)\u{81}.", "an object is made of numpy.ndarray"),
    ("cjaxcld.models.cvx_relu_mlp\nCVX_ReLU_MLP\nN\u{85}\u{81}.", "made with arguments"),
    ("cjaxcld.models.cvx_relu_mlp\nCVX_ReLU_MLP\n)\u{81}Nb.", "an object's state is None"),
    ("cnumpy\ndtype\n(Vf4\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb.", "neither an object"),
    ("cnumpy\ndtype\n(VU7\ntR.", "arrays of dtype 'U7' are not read"),
    ("cnumpy.core.multiarray\n_reconstruct\n)R.", "is called with ()"),
    ("c_codecs\nencode\n(Vab\nVutf-16\ntR.", "is called with"),
    ("c_codecs\nencode\n(V\\u0101\nVlatin1\ntR.", "not Latin-1"),
    ("c__builtin__\nbytes\n(NtR.", "is called with (None)"),
  ])
  func malformed(pickle: String, words: String) {
    let found = error(text(pickle))
    #expect(
      found?.description.contains(words) == true,
      "\(pickle.debugDescription): \(found?.description ?? "")")
  }

  /// An array whose shape and bytes do not agree, or whose sides overflow.
  @Test(arguments: ["K\u{5}", "I4611686018427387905\nI4\n", "I-1\n", "F1.5\n"])
  func shapesAreChecked(sides: String) {
    let pickle =
      "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nC\u{0}C\u{0}tR"
      .replacing("C\u{0}C\u{0}", with: ")C\u{0}")
      + "(K\u{1}(\(sides)tcnumpy\ndtype\n(Vf4\ntRI00\nC\u{4}abcdtb."
    let found = error(text(pickle))
    #expect(found?.description.contains("array") == true, "\(found?.description ?? "")")
  }

  /// A few bytes each, and as many as the file: neither the stack nor the memo nor copies of one text
  /// grow beyond the limit.
  @Test(arguments: [
    ("marks", "("), ("values", "N"), ("tuples", ")"), ("copies", "N2"), ("memo", "\u{94}"),
  ])
  func growthIsLimited(name: String, pattern: String) {
    let start = name == "memo" ? "N" : ""
    let copies = PickleMachine.valueLimit + 2
    let pickle = text(start) + Data((0..<copies).flatMap { _ in text(pattern) })
    #expect(error(pickle)?.description.contains("more than 1048576 values") == true)
  }

  @Test func conversionsAreLimited() {
    // One text of 64 KiB, made into bytes again and again from the memo.
    let long = String(repeating: "a", count: 1 << 16)
    var pickle = text("c_codecs\nencode\nq\u{0}0V\(long)\nq\u{1}0Vlatin1\nq\u{2}0(")
    for _ in 0..<8 { pickle += text("h\u{0}h\u{1}h\u{2}\u{86}R") }
    #expect(error(pickle)?.description.contains("converted repeatedly") == true)
  }

  /// A state built over and over, each time as large as before, counts each time.
  @Test func statesAreCounted() {
    var pickle = text("cjaxcld.models.cvx_relu_mlp\nCVX_ReLU_MLP\n)\u{81}}(")
    for i in 0..<1000 { pickle += text("Vk\(i)\nN") }
    pickle += text("uq\u{0}b")
    for _ in 0..<2000 { pickle += text("h\u{0}b") }
    #expect(error(pickle)?.description.contains("more than 1048576 values") == true)
  }

  /// Ten thousand containers one inside the other, from outside in and from inside out: nothing
  /// recurses.
  @Test(arguments: [true, false])
  func deepNesting(isInsideOut: Bool) throws {
    let depth = 100_000
    let pickle =
      isInsideOut
      ? "}Va\n)" + String(repeating: "\u{85}", count: depth) + "s."
      : "}Va\n" + String(repeating: "]", count: depth) + String(repeating: "a", count: depth - 1)
        + "s."
    let object = try PickledObject(data: text(pickle), name: "p")
    #expect(object.attributes["a"]?.summary == (isInsideOut ? "a tuple of 1" : "a list of 1"))
  }

  /// What the writer makes, the machine reads.
  @Test func writtenValuesAreRead() throws {
    var pickle = PickleWriter()
    pickle.op(.emptyDict)
    pickle.op(.mark)
    let numbers = [
      0, 255, 256, -1, Int(Int32.max), Int(Int32.min), 1 << 40, -(1 << 40), .max, .min,
    ]
    for (i, number) in numbers.enumerated() {
      pickle.write("n\(i)")
      pickle.write(number)
    }
    pickle.write("long")
    pickle.write(String(repeating: "é", count: 400))
    pickle.write("x")
    pickle.write(-2.5)
    pickle.write("none")
    pickle.write(nil as Double?)
    pickle.write("array")
    pickle.write(shape: [2, 300], floats: (0..<600).map(Float.init))
    pickle.op(.setItems)
    pickle.op(.stop)
    let attributes = try PickledObject(data: pickle.data, name: "p").attributes
    for (i, number) in numbers.enumerated() {
      guard case .integer(number)? = attributes["n\(i)"] else {
        Issue.record("\(number) became \(attributes["n\(i)"]?.summary ?? "nothing")")
        continue
      }
    }
    #expect(attributes["long"]?.summary == "\"" + String(repeating: "é", count: 400) + "\"")
    #expect(attributes["x"]?.double == -2.5)
    #expect(attributes["none"]?.summary == "None")
    guard case .array(let array)? = attributes["array"] else {
      Issue.record("no array")
      return
    }
    #expect(array.shape == [2, 300])
    #expect(try array.floats("array") == (0..<600).map(Float.init))
  }
}
