import ArgumentParser
struct EvaluateCommand: ParsableCommand { }
