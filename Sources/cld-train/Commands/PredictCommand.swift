import ArgumentParser
struct PredictCommand: ParsableCommand { }
