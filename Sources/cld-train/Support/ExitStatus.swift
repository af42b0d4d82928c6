import Baselines
import Cronos
import Embeddings
import Evaluation
import Interchange
import LinearAlgebra
import MessagePassing
import Sweeps
import TensorFiles

/// The exit statuses of the command line, from sysexits.h.
enum ExitStatus: Int32 {
  case usage = 64
  case badData = 65
  case missingInput = 66
  case `internal` = 70
  case inputOutput = 74
  /// Stopped by Ctrl-C, as a shell reports it.
  case interrupted = 130
}

/// Stopped by Ctrl-C; what was done so far is kept.
struct Interrupted: Error, CustomStringConvertible {
  let advice: String
  var description: String { "interrupted; \(advice)" }
}

/// What a command refuses for a reason of its own.
struct CommandError: Error, CustomStringConvertible {
  let status: ExitStatus
  let description: String

  init(_ status: ExitStatus, _ description: String) {
    (self.status, self.description) = (status, description)
  }
}

/// An error that knows its exit status.
protocol StatusProviding: Error {
  var exitStatus: ExitStatus { get }
}

/// Bad data, unless an error says otherwise.
extension StatusProviding {
  var exitStatus: ExitStatus { .badData }
}

extension CommandError: StatusProviding {
  var exitStatus: ExitStatus { status }
}

extension Interrupted: StatusProviding {
  var exitStatus: ExitStatus { .interrupted }
}

extension ConfigError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    case .override: .usage
    default: .badData
    }
  }
}

extension SettingsError: StatusProviding {}

extension TrainingDataError: StatusProviding {}

extension BaselineError: StatusProviding {}

extension LaunchError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .noMPI: .usage
    case .failed: .internal
    }
  }
}

extension RankFailure: StatusProviding {
  var exitStatus: ExitStatus { underlying?.status ?? .internal }
}

extension LAPACKError: StatusProviding {
  var exitStatus: ExitStatus { .internal }
}

extension TensorFileError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    case .unwritable: .inputOutput
    default: .badData
    }
  }
}

extension PickleError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    default: .badData
    }
  }
}

extension EvaluationError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    case .unwritable: .inputOutput
    default: .badData
    }
  }
}

extension CorpusError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .missingFolder, .unreadable: .missingInput
    case .unwritable: .inputOutput
    default: .badData
    }
  }
}

extension AudioError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    default: .badData
    }
  }
}

extension DigestError: StatusProviding {
  var exitStatus: ExitStatus { .missingInput }
}

extension CacheError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .notACache, .newerSchema, .damaged, .mismatch: .badData
    default: .inputOutput
    }
  }
}

extension WrongObjective: StatusProviding {
  var exitStatus: ExitStatus { error.exitStatus }
}

extension StoreError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .missing: .missingInput
    case .notAStore, .newerSchema, .otherSweep: .badData
    default: .inputOutput
    }
  }
}

extension PipelineError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .cancelled: .interrupted
    case .cache(let error): error.exitStatus
    case .nothingEncoded: .badData
    }
  }
}

extension BackboneError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .missing: .missingInput
    default: .badData
    }
  }
}

extension CheckpointError: StatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .noWeights, .unreadable: .missingInput
    case .tensors(let error): error.exitStatus
    default: .badData
    }
  }
}

extension WhisperError: StatusProviding {}

extension Wav2Vec2Error: StatusProviding {
  var exitStatus: ExitStatus { .missingInput }
}

extension ClipError: StatusProviding {}
