import Testing

/// What the parser answers before any command begins.
@Suite struct UsageTests {
  @Test(arguments: [
    ("run", ["--config", "--output", "--set", "--resume", "--json", "--threads"]),
    ("embed", ["--config", "--model", "--output", "--set", "<audio>"]),
    ("train", ["--config", "--embeddings", "--validation", "--output", "--set"]),
    ("evaluate", ["--config", "--head", "--output", "default"]),
    ("predict", ["--head", "--model", "--language", "--no-transcribe", "<audio>"]),
    ("score", ["--references", "--hypotheses", "--json"]),
  ])
  func helpNamesTheOptions(_ command: String, _ options: [String]) async throws {
    let help = try expectSuccess(await cld(command, "--help"))
    #expect(help.error == "")
    for option in options + ["--quiet", "--log-level"] {
      #expect(help.output.contains(option), "\(option)")
    }
  }

  @Test func helpOfTheWholeNamesCommandsAndStatuses() async throws {
    let help = try expectSuccess(await cld("--help"))
    for word in ["run", "embed", "train", "evaluate", "predict", "score", "64", "65", "66", "74"] {
      #expect(help.output.contains(word), "\(word)")
    }
  }

  @Test func versionIsPrinted() async throws {
    let version = try expectSuccess(await cld("--version"))
    #expect(version.outputLines.count == 1)
    #expect(version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test(arguments: [
    [], ["run"], ["--config"], ["train"], ["train", "--embeddings", "x"],
    ["train", "--config", "x", "--validation", "y"], ["embed"], ["embed", "--model", "x"],
    ["embed", "--model", "x", "--output", "y"], ["embed", "--config", "x", "--model", "y", "z"],
    ["embed", "--config", "x", "clip.mp3"], ["evaluate", "--config", "x"], ["predict"],
    ["predict", "--model", "x"], ["score", "--references", "x"], ["score", "--nonsense"],
    ["run", "--config", "x", "--threads", "0"], ["run", "--config", "x", "--log-level", "loud"],
  ])
  func usageErrors(_ arguments: [String]) async throws {
    let outcome = try await cld(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.output == "")
    #expect(outcome.error.contains("Usage:") || outcome.error.contains("USAGE:"))
  }

  /// Not what the default command misses.
  @Test func anUnknownCommandIsNamed() async throws {
    let outcome = try await cld("frobnicate", "--config", "x")
    #expect(outcome.status == 64 && outcome.output == "")
    #expect(
      outcome.error
        == "cld-train: error: 'frobnicate' is no command; cld-train --help lists them\n")
  }
}
