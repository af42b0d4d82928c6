import ArgumentParser
import Foundation
import LinearAlgebra
import MessagePassing

/// The command line: parse, call, print.
struct CLDTrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cld-train",
    abstract: "Trains convex language-detection heads on frozen speech encoders.",
    discussion: """
      cld-train --config FILE goes the whole way: it selects clips, encodes them into pooled \
      embeddings (cached), trains a two-layer convex ReLU network with CRONOS, lets its choice of \
      language drive the decoder, and reports detection accuracy, WER, CER and FLOPs. Each stage is \
      a command of its own on the same config.

      Results go to standard output, logs and progress to standard error. Exit status: 0 done, \
      64 usage, 65 bad data or config, 66 missing input, 70 internal, 74 input/output, \
      130 interrupted.
      """,
    version: Version.current,
    subcommands: [
      RunCommand.self, CorpusCommand.self, EmbedCommand.self, TrainCommand.self,
      EvaluateCommand.self, PredictCommand.self, ScoreCommand.self, CompareCommand.self,
      CacheCommand.self, SweepCommand.self, TablesCommand.self, ImportCommand.self,
      ExportCommand.self, InspectCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  /// Whether the first argument is an option or a command. The parser takes any other word for an
  /// argument of the default command, and then misses only that one's --config.
  static func mayBegin(with word: String) -> Bool {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    return word.hasPrefix("-") || names.contains(word) || ["help", ""].contains(word)
  }
}

/// The version that heads and reports record.
enum Version {
  static let current = "0.1.0"
}

@main
enum Main {
  static func main() async {
    ProcessTuning.restart()
    if let word = CommandLine.arguments.dropFirst().first, !CLDTrain.mayBegin(with: word) {
      Ranks.end(
        CommandError(.usage, "'\(word)' is no command; cld-train --help lists them"), say: say)
    }
    do {
      var command = try CLDTrain.parseAsRoot()
      do {
        try Ranks.admit(command)
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try command.run()
        }
        Launch.finish()
      } catch {
        // A request for help and a usage error have codes of their own.
        guard error is any StatusProviding || CLDTrain.exitCode(for: error) == .failure else {
          throw error
        }
        Ranks.end(error, say: say)
      }
    } catch {
      // Every rank has the same arguments: one says what is wrong with them.
      if Launch.rank > 0 { exit(CLDTrain.exitCode(for: error).rawValue) }
      CLDTrain.exit(withError: error)
    }
  }

  /// One line, whatever a path or a library's text may hold.
  private static func say(_ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    writeError("cld-train: error: \(line)\n")
  }
}
