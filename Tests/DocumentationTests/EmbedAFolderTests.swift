import Embeddings
import Foundation
import TensorFiles
import TestFolders
import Testing

// The functions are those of EmbedAFolder.md, word for word: ArticleTests compares them.

func findClips(in folder: String) throws -> [Clip] {
  let kinds: Set = ["mp3", "wav", "flac", "ogg", "opus"]
  return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    .filter { kinds.contains(URL(fileURLWithPath: $0).pathExtension.lowercased()) }
    .map { Clip(path: folder + "/" + $0, text: "", language: "", split: .train) }
}

func embed(_ clips: [Clip], model: String, cache: String) async throws -> EmbeddingSet {
  let pipeline = EmbeddingPipeline(
    encoder: try Backbone.load(folder: model).encoder, cache: try EmbeddingCache(path: cache))
  return try await pipeline.run(clips)
}

func write(_ set: EmbeddingSet, to path: String) throws {
  var file = NPZWriter()
  file.add("embeddings", NPYWriter.data(shape: set.vectors.shape, floats: set.vectors.elements))
  file.add("paths", NPYWriter.data(shape: [set.clips.count], strings: set.clips.map(\.path)))
  try file.write(to: path)
}

@Suite struct EmbedAFolderTests {
  @Test func theExampleEmbeds() async throws {
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/whisper-tiny-random").path
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let clips = try findClips(in: fixtures)
    #expect(clips.map(\.path) == [fixtures + "/audio.wav"])
    let set = try await embed(clips, model: fixtures + "/model", cache: folder("cache.sqlite"))
    #expect(set.vectors.shape == [1, 64])
    try write(set, to: folder("x.npz"))
    let file = try NPZFile(path: folder("x.npz"))
    #expect(try file.array("embeddings").floats() == set.vectors.elements)
    #expect(try file.array("paths").strings() == clips.map(\.path))
  }
}
