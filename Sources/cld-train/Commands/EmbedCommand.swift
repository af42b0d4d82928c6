import ArgumentParser
struct EmbedCommand: ParsableCommand { }
