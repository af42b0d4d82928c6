import Cronos
import MessagePassing

/// Where the rows of a training are: on which ranks, and whether in memory or in their file.
struct RowPlacement {
  var ranks: any RowCommunicator = SingleProcess()
  var storage = CronosSettings.Storage.memory
  /// P.
  var neurons = 0
  /// Bytes of a number in the solver.
  var scalarSize = 4

  /// All rows in the memory of this process.
  init() {}

  /// What the settings ask for. Only conjugate gradients can do with rows in their file: another method that is
  /// asked for has them in memory, unless `storage` says otherwise, which the solver then refuses.
  init(_ settings: CronosSettings, on ranks: any RowCommunicator) {
    self.ranks = ranks
    let mayStay = [.auto, .kroneckerPCG].contains(settings.method)
    storage = settings.storage == .automatic && !mayStay ? .memory : settings.storage
    neurons = settings.neurons
    scalarSize = settings.precision == .float32 ? 4 : 8
  }

  /// Whether so many rows of this rank, of width `columns`, stay in their file.
  func staysInFile(rows: Int, columns: Int, classes: Int) -> Bool {
    switch storage {
    case .memory: return false
    case .file: return true
    case .automatic:
      guard let available = MethodChoice.availableMemory else { return false }
      // The rows as given and in the solver's basis, patterns and targets, and seven matrices with a column
      // for each class and hyperplane: slacks and images of both halves, and products on the way.
      let numbers = rows * (2 * columns + neurons + 3 * classes + 7 * classes * neurons)
      return numbers * scalarSize > available / 5 * 4 / Launch.ranksHere
    }
  }
}
