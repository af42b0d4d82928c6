import Foundation
import TensorFiles

/// What a pickle's stack holds. Containers live in a `PickleHeap` and are meant by their place there:
/// the same list may be held many times, and nothing that refers to itself has to be released.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  /// UTF-8, not yet checked.
  case text(Data)
  case bytes(Data)
  /// Of `sequences`.
  case tuple(Int)
  case list(Int)
  /// Of `dictionaries`.
  case dictionary(Int)
  case object(Int)
  case array(Int)
  case elementType(Int)
  case global(PickleGlobal)

  /// What messages call it.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .integer: "an integer"
    case .float: "a number"
    case .text: "a text"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .object: "an object"
    case .array: "an array"
    case .elementType: "a dtype"
    case .global(let global): global.name
    }
  }
}

/// The containers of one pickle.
struct PickleHeap {
  struct Object {
    let className: String
    var attributes: [(key: PickleValue, value: PickleValue)] = []
  }

  var sequences: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var objects: [Object] = []
  /// nil until its state is built.
  var arrays: [NumericArray?] = []
  var elementTypes: [PickledElementType] = []
}

/// A NumPy dtype: how its elements are stored, and in which order their bytes.
struct PickledElementType {
  let type: ElementType
  var isBigEndian = false

  /// A code as `numpy.dtype` takes it: `f4`, `<f4`, `bool`. nil for one that is not read.
  init?(code: String) {
    var code = code[...]
    if let order = code.first, "<>=|".contains(order) {
      isBigEndian = order == ">"
      code.removeFirst()
    }
    switch code {
    case "f8", "float64": type = .float64
    case "f4", "float32": type = .float32
    case "f2", "float16": type = .float16
    case "bfloat16": type = .bfloat16
    case "i8", "int64": type = .int64
    case "i4", "int32": type = .int32
    case "i2", "int16": type = .int16
    case "i1", "int8": type = .int8
    case "u8", "uint64": type = .uint64
    case "u4", "uint32": type = .uint32
    case "u2", "uint16": type = .uint16
    case "u1", "uint8": type = .uint8
    case "b1", "bool": type = .bool
    default: return nil
    }
  }
}

/// The classes and functions that a pickled head may name: the allow-list. They are only recognised;
/// the machine does itself what each would do with data.
enum PickleGlobal: Equatable {
  /// A jaxcld model.
  case model(String)
  /// `object`, the base that protocols 0 and 1 reconstruct from.
  case object
  /// `copyreg._reconstructor(class, object, None)`.
  case reconstructor
  /// `_codecs.encode(text, 'latin1')`: bytes in protocols 0 to 2.
  case encode
  /// `bytes()`: no bytes, in protocols 0 to 2.
  case bytes
  case ndarray, dtype, bfloat16
  /// NumPy's `_reconstruct(ndarray, (0,), b'b')`, whose state is built afterwards.
  case reconstruct
  /// NumPy's `scalar(dtype, bytes)`.
  case scalar
  /// NumPy's `_frombuffer(bytes, dtype, shape, order)`, in protocol 5.
  case fromBuffer
  /// jax's `_reconstruct_array(reconstruct, arguments, state, aval)`.
  case jaxArray

  init?(module: String, name: String) {
    switch (module, name) {
    case ("jaxcld.models.cvx_relu_mlp", "CVX_ReLU_MLP"),
      ("cld.models.cvx_relu_mlp", "CVX_ReLU_MLP"), ("models.cvx_relu_mlp", "CVX_ReLU_MLP"):
      self = .model("\(module).\(name)")
    case ("builtins", "object"), ("__builtin__", "object"): self = .object
    case ("builtins", "bytes"), ("__builtin__", "bytes"): self = .bytes
    case ("copyreg", "_reconstructor"), ("copy_reg", "_reconstructor"): self = .reconstructor
    case ("_codecs", "encode"): self = .encode
    case ("numpy", "ndarray"): self = .ndarray
    case ("numpy", "dtype"): self = .dtype
    case ("ml_dtypes", "bfloat16"): self = .bfloat16
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
      self = .reconstruct
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"): self = .scalar
    case ("numpy.core.numeric", "_frombuffer"), ("numpy._core.numeric", "_frombuffer"):
      self = .fromBuffer
    // jax 0.4 and newer; jax 0.3.
    case ("jax._src.array", "_reconstruct_array"),
      ("jax._src.device_array", "reconstruct_device_array"):
      self = .jaxArray
    default: return nil
    }
  }

  var name: String {
    switch self {
    case .model(let name): name
    case .object: "object"
    case .reconstructor: "copyreg._reconstructor"
    case .encode: "_codecs.encode"
    case .bytes: "bytes"
    case .ndarray: "numpy.ndarray"
    case .dtype: "numpy.dtype"
    case .bfloat16: "ml_dtypes.bfloat16"
    case .reconstruct: "numpy's _reconstruct"
    case .scalar: "numpy's scalar"
    case .fromBuffer: "numpy's _frombuffer"
    case .jaxArray: "jax's _reconstruct_array"
    }
  }
}
