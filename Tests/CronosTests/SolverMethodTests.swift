import Foundation
import LinearAlgebra
import TensorFiles
import Testing

@testable import Cronos

/// `direct` and `kronecker-pcg` against the optimum that an interior-point solver certified.
@Suite struct SolverMethodTests {
  @Test(arguments: SolverFixture.names, [CronosSettings.Method.direct, .kroneckerPCG])
  func boundAndObjectiveCloseOnTheCertifiedOptimum(
    _ name: String, _ method: CronosSettings.Method
  ) throws {
    let fixture = try SolverFixture(name)
    var settings = fixture.settings
    settings.method = method
    settings.precision = .float64
    settings.rho = .automatic
    settings.iterations = 400
    settings.pcgIterations = nil
    settings.pcgTolerance = 1e-9
    settings.relativeTolerance = 1e-9
    let t = ContinuousClock.now
    let result = try trainConvexHead(on: fixture.training, settings: settings)
    let optimum = try fixture.tensors.doubles("optimum_objective").reduce(0, +)
    let quality = try #require(result.quality)
    print(
      name, method, result.status, result.trace.count, quality, optimum, ContinuousClock.now - t,
      result.penalty)
  }
}
