import ArgumentParser

@main
struct CLDTrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "cld-train")
}
