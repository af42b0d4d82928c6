// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .strictMemorySafety()]
let tests: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let package = Package(
  name: "cld-train",
  products: [
    .library(name: "Baselines", targets: ["Baselines"]),
    .library(name: "Cronos", targets: ["Cronos"]),
    .library(name: "Embeddings", targets: ["Embeddings"]),
    .library(name: "Evaluation", targets: ["Evaluation"]),
    .library(name: "Interchange", targets: ["Interchange"]),
    .library(name: "LinearAlgebra", targets: ["LinearAlgebra"]),
    .library(name: "TensorFiles", targets: ["TensorFiles"]),
    .library(name: "Sweeps", targets: ["Sweeps"]),
    .executable(name: "cld-train", targets: ["cld-train"]),
  ],
  traits: [
    .default(enabledTraits: ["RubberBand"]),
    // GPL, where all others are permissive or LGPL: who hands out binaries may want to do without it.
    .trait(
      name: "RubberBand",
      description: "Time stretch and pitch in augmentation, by librubberband (GPL 2 or later)."),
    .trait(
      name: "MPI", description: "Training on rows that several processes share, by Open MPI."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
    .systemLibrary(
      name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CMpg123", pkgConfig: "libmpg123", providers: [.apt(["libmpg123-dev"])]),
    .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
    // Neither of these two has a pkg-config file; both are in the compiler's own search paths.
    .systemLibrary(name: "CLibLinear", providers: [.apt(["liblinear-dev"])]),
    .systemLibrary(name: "CLibSVM", providers: [.apt(["libsvm-dev"])]),
    .systemLibrary(
      name: "CRubberband", pkgConfig: "rubberband", providers: [.apt(["librubberband-dev"])]),
    .systemLibrary(
      name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
    // What the compiler may use of the processor; no library.
    .systemLibrary(name: "CProcessor"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    .target(name: "TensorFiles", dependencies: ["CZlib"], swiftSettings: strict),
    .target(
      name: "LinearAlgebra", dependencies: ["COpenBLAS", "CProcessor"], swiftSettings: strict),
    .target(
      name: "Cronos", dependencies: ["LinearAlgebra", "TensorFiles"], swiftSettings: strict),
    .target(
      name: "MessagePassing",
      dependencies: [
        "Cronos", "LinearAlgebra", .target(name: "CMPI", condition: .when(traits: ["MPI"])),
      ],
      swiftSettings: strict),
    .target(
      name: "Baselines",
      dependencies: ["CLibLinear", "CLibSVM", "LinearAlgebra", "TensorFiles"],
      swiftSettings: strict),
    .target(
      name: "Embeddings",
      dependencies: [
        "CMpg123", "COpenSSL", "CSndfile", "CSoxr", "LinearAlgebra", "TensorFiles",
        .target(name: "CRubberband", condition: .when(traits: ["RubberBand"])),
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(name: "Evaluation", dependencies: ["LinearAlgebra"], swiftSettings: strict),
    .target(
      name: "Interchange", dependencies: ["Cronos", "LinearAlgebra", "TensorFiles"],
      swiftSettings: strict),
    .target(
      name: "Sweeps",
      dependencies: [
        "Evaluation", "LinearAlgebra", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "cld-train",
      dependencies: [
        "Baselines", "Cronos", "Embeddings", "Evaluation", "Interchange", "LinearAlgebra",
        "MessagePassing", "Sweeps", "TensorFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    .executableTarget(
      name: "head-latency", dependencies: ["Cronos", "LinearAlgebra"], path: "Benchmarks/predict",
      exclude: ["README.md"],
      swiftSettings: tests),

    // What several of the test targets use.
    .target(name: "TestFolders", path: "Tests/TestFolders", swiftSettings: tests),
    .testTarget(
      name: "TensorFilesTests", dependencies: ["TensorFiles", "TestFolders"], swiftSettings: tests),
    .testTarget(
      name: "LinearAlgebraTests", dependencies: ["LinearAlgebra"], swiftSettings: tests),
    .testTarget(
      name: "CronosTests", dependencies: ["Cronos", "LinearAlgebra", "TensorFiles", "TestFolders"],
      swiftSettings: tests),
    .testTarget(
      name: "BaselinesTests",
      dependencies: ["Baselines", "LinearAlgebra", "TensorFiles", "TestFolders"],
      swiftSettings: tests),
    .testTarget(
      name: "EmbeddingsTests",
      dependencies: [
        "Embeddings", "LinearAlgebra", "TensorFiles", "TestFolders",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: tests),
    .testTarget(
      name: "EvaluationTests",
      dependencies: ["Cronos", "Evaluation", "LinearAlgebra", "TestFolders"],
      swiftSettings: tests),
    .testTarget(
      name: "InterchangeTests",
      dependencies: ["Cronos", "Interchange", "LinearAlgebra", "TensorFiles", "TestFolders"],
      swiftSettings: tests),
    .testTarget(
      name: "DocumentationTests",
      dependencies: [
        "Cronos", "Embeddings", "Evaluation", "LinearAlgebra", "TensorFiles", "TestFolders",
      ],
      swiftSettings: tests),
    .testTarget(
      name: "SweepsTests",
      dependencies: [
        "Sweeps", "Evaluation", "TestFolders", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: tests),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "cld-train", "Evaluation", "LinearAlgebra", "TensorFiles", "TestFolders",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: tests),
  ]
)
