import LinearAlgebra
import Testing

@testable import Baselines

@Suite struct BaselineSearchTests {
  @Test func gridsAreThePapers() {
    let space = BaselineSpace()
    #expect(BaselineKind.allCases.map { space.candidates($0).count } == [36, 5, 24, 48])
    #expect(space.candidates(.linearSVM).first == .linearSVM(.init(c: 0.01)))
    #expect(
      space.candidates(.nn).last
        == .nn(.init(learningRate: 3e-3, weightDecay: 1e-3, epochs: 20)))
  }

  /// The search's short cut for neighbours gives what each candidate's own head gives.
  @Test func bestOnValidationIsKept() throws {
    let fixture = try HeadsFixture.load()
    var space = BaselineSpace()
    space.kernelSVM.kernel = [.rbf]
    for kind in [BaselineKind.knn, .linearSVM, .kernelSVM] {
      let candidates = space.candidates(kind)
      let accuracies = try candidates.map { settings in
        let found = try fixture.head(settings).logits(fixture.z).argmaxOfRows()
        return Double(zip(found, fixture.testLabels).count { $0 == $1 }) / 100
      }
      var done = 0
      let result = try #require(
        try space.train(
          kind, on: fixture.x, labels: fixture.trainLabels,
          validation: (fixture.z, fixture.testLabels), languages: fixture.languages,
          progress: { i in
            done = i
            return true
          }))
      let best = try #require(accuracies.max())
      #expect(result.validationAccuracy == best)
      #expect(result.head.settings == candidates[try #require(accuracies.firstIndex(of: best))])
      #expect((result.candidates, done) == (candidates.count, candidates.count))
    }
  }

  @Test func searchesNeedValidationRows() throws {
    let fixture = try HeadsFixture.load()
    var space = BaselineSpace()
    func train(_ kind: BaselineKind) throws -> BaselineTraining? {
      try space.train(
        kind, on: fixture.x, labels: fixture.trainLabels, validation: nil,
        languages: fixture.languages)
    }
    #expect(throws: BaselineError.noValidation(kind: .linearSVM, candidates: 5)) {
      try train(.linearSVM)
    }
    space.linearSVM.c = [1]
    #expect(try train(.linearSVM)?.validationAccuracy == nil)
    space.linearSVM.c = [-1]
    #expect {
      try train(.linearSVM)
    } throws: { "\($0)".contains("evaluation.linear_svm.C is -1") }
    space.knn = .init(k: [161], metric: [.cosine], weights: [.uniform])
    #expect(throws: BaselineError.tooFewRows(kind: .knn, rows: 160, needed: 161)) {
      try train(.knn)
    }
  }

  @Test(
    arguments: [
      (.knn(.init(k: 0)), "evaluation.knn.k is 0: needs 1 or more"),
      (.linearSVM(.init(tolerance: .infinity)), "evaluation.linear_svm.tolerance is inf"),
      (.kernelSVM(.init(tolerance: .infinity)), "evaluation.kernel_svm.tolerance is inf"),
      (.kernelSVM(.init(tolerance: 0)), "evaluation.kernel_svm.tolerance is 0.0"),
      (.kernelSVM(.init(degree: 0)), "evaluation.kernel_svm.degree is 0: needs 1 to 100"),
      (.kernelSVM(.init(degree: 101)), "evaluation.kernel_svm.degree is 101: needs 1 to 100"),
      (.nn(.init(hidden: 0)), "evaluation.nn.hidden is 0: needs 1 to 65536"),
      (.nn(.init(hidden: 65_537)), "evaluation.nn.hidden is 65537: needs 1 to 65536"),
    ] as [(BaselineSettings, String)])
  func settingsOutOfRange(_ settings: BaselineSettings, _ words: String) {
    #expect {
      try settings.validate()
    } throws: { "\($0)".contains(words) }
  }

  @Test func searchStopsWhenAsked() throws {
    let fixture = try HeadsFixture.load()
    let result = try BaselineSpace().train(
      .linearSVM, on: fixture.x, labels: fixture.trainLabels,
      validation: (fixture.z, fixture.testLabels), languages: fixture.languages,
      progress: { _ in false })
    #expect(result == nil)
  }
}
