/// A number that BLAS and LAPACK compute with: `Float` or `Double`.
///
/// The requirements are the C calls behind the shape-checked functions of this module; nothing
/// outside it needs them.
public protocol BLASScalar: BinaryFloatingPoint, SIMDScalar, Sendable {}
extension Float: BLASScalar {}
extension Double: BLASScalar {}
