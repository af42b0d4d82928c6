// swift-tools-version: 6.3
import PackageDescription

// A package of its own: libFuzzer instruments all that it builds, and nobody else needs it.
let package = Package(
  name: "fuzz",
  dependencies: [.package(name: "cld-train", path: "..")],
  targets: [
    .systemLibrary(name: "CLibFuzzer"),
    .executableTarget(
      name: "fuzz-readers",
      dependencies: [
        "CLibFuzzer", .product(name: "Interchange", package: "cld-train"),
        .product(name: "TensorFiles", package: "cld-train"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .strictMemorySafety()]),
  ]
)
