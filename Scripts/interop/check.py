#!/usr/bin/env python3
"""Heads and embeddings through the real Python packages and back: `make interop` runs this.

The blocks of docs/python.md are run as they stand there; then what they made, and the pickles of the
fixtures, are compared number by number."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import safetensors.numpy
from safetensors import safe_open

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures"
# float32 sums of a few hundred terms in another order: some 1e-6 of logits near 1; a wrong layout is
# wrong by about 1.
TOLERANCE = 1e-4


class Interop:
    def __init__(self, program):
        self.program = str(program)

    def run(self, *arguments, status=0, stdin=None):
        outcome = subprocess.run(
            [self.program, *map(str, arguments)], input=stdin, capture_output=True)
        if outcome.returncode != status:
            sys.exit(f"cld-train {' '.join(map(str, arguments))}: status {outcome.returncode}, not "
                     f"{status}: {outcome.stderr.decode()}")
        return outcome

    # What docs/python.md shows.

    def documentation(self):
        """Runs the page's Python and shell blocks in their order, in one namespace."""
        text = (ROOT / "docs" / "python.md").read_text()
        namespace = {}
        for language, block in re.findall(r"```(python|sh)\n(.*?)```", text, re.S):
            if language == "python":
                if 'np.load("cache.npz")' in block:
                    self.cache()
                exec(compile(block, "docs/python.md", "exec"), namespace)
                continue
            for line in block.strip().splitlines():
                words = line.split()
                assert words[0] == "cld-train", line
                self.run(*words[1:])
        return namespace

    def cache(self):
        """A cache with labels, from a run on the clips of the fixtures."""
        clips = FIXTURES / "common-voice"
        config = {
            "name": "interop",
            "corpus": {
                "root": str(clips), "data_seed": 8,
                "languages": {
                    code: {"accents": [{"code": code, "column_name": "", "dataset": "common_voice"}]}
                    for code in ("en", "hi", "id")},
                "params": {
                    "samples_per_class": 5, "split": {"train": 0.6, "val": 0.2, "test": 0.2}}},
            "encoder": {"path": str(FIXTURES / "whisper-tiny-random" / "model")},
            "cronos": {"neurons": 4},
            "output": "cacherun"}
        pathlib.Path("config.json").write_text(json.dumps(config))
        self.run("train", "--config", "config.json")
        self.run(
            "cache", "export", self.run_cache(), "--clips", "cacherun/split.jsonl", "--split", "train",
            "--output", "cache.npz")

    @staticmethod
    def run_cache():
        found = sorted(pathlib.Path(".").rglob("*.sqlite"))
        assert len(found) == 1, found
        return found[0]

    # Numbers.

    def exported(self, namespace):
        """Classes and logits of the page's head, by every way out."""
        from huggingface_hub import ModelCard

        head, rows = namespace["head"], namespace["X_test"]
        model = head.head
        theirs = np.asarray(model.stacked_predict(rows, model.theta1, model.theta2))
        onnx_logits = namespace["logits"]
        ours = self.report_predictions(rows)
        assert (np.array(head.predict(rows)) == ours).all(), "jaxcld predicts other classes"
        assert (onnx_logits.argmax(1) == ours).all(), "onnxruntime predicts other classes"
        print(f"jaxcld: {len(rows)} of {len(rows)} classes equal")
        print(f"logits, onnxruntime against jaxcld: {np.abs(theirs - onnx_logits).max():.1e}")
        assert np.abs(theirs - onnx_logits).max() < TOLERANCE

        import onnx

        graph = onnx.load("head.onnx")
        onnx.checker.check_model(graph, full_check=True)
        assert graph.opset_import[0].version == 17
        assert {p.key: p.value for p in graph.metadata_props}["languages"] == "en,hi,id"

        self.run("export", "--format", "safetensors", "run/head.safetensors", "-o", "copy.safetensors")
        copy = safetensors.numpy.load_file("copy.safetensors")
        npz = np.load("head.npz")
        for name in ("theta1", "theta2"):
            assert (copy[name] == npz[name]).all() and (copy[name] == np.asarray(getattr(model, name))).all()
        assert json.loads(str(npz["metadata"]))["format"] == "cld-head"

        self.run("import", "model.pkl", "-o", "back.safetensors", "--languages", "en,hi,id")
        back = safetensors.numpy.load_file("back.safetensors")
        assert (back["theta1"] == copy["theta1"]).all() and (back["theta2"] == copy["theta2"]).all()

        self.run("export", "--model-card", "run", "--license", "mit", "--backbone", "openai/whisper-base")
        card = ModelCard.load("run/README.md")
        assert card.data.language == ["en", "hi", "id"] and card.data.license == "mit"
        assert card.data.base_model == "openai/whisper-base"
        metric = card.data.eval_results[0]
        report = json.loads(pathlib.Path("run/report.json").read_text())
        assert metric.metric_type == "accuracy"
        assert abs(metric.metric_value - report["detection"]["accuracy"]) < 1e-4
        print("model card: read by huggingface_hub, accuracy", metric.metric_value)

    @staticmethod
    def report_predictions(rows):
        """The head file's own answers, in float64, from its tensors as safetensors reads them."""
        tensors = safetensors.numpy.load_file("run/head.safetensors")
        hidden = np.maximum(np.einsum("nd,cdu->cnu", rows.astype(np.float64), tensors["theta1"]), 0)
        return np.einsum("cnu,cu->nc", hidden, tensors["theta2"]).argmax(1)

    def imported(self, namespace):
        """The head that jaxcld trained in the page's script, and the fixtures' pickles."""
        model = namespace["model"]
        tensors = safetensors.numpy.load_file("imported.safetensors")
        assert (tensors["theta1"] == np.asarray(model.theta1)).all()
        assert (tensors["theta2"] == np.asarray(model.theta2)).all()
        again = safetensors.numpy.load_file("again.safetensors")
        assert (again["embeddings"] == namespace["X"]).all()
        folder = FIXTURES / "pickle"
        for path in sorted(folder.glob("model*.pkl")):
            expected = folder / f"{path.stem.split('-protocol')[0]}.expected.safetensors"
            self.run("import", path, "-o", "one.safetensors", "--tensors", "all.safetensors")
            found = safetensors.numpy.load_file("one.safetensors")
            everything = safetensors.numpy.load_file("all.safetensors")
            truth = safetensors.numpy.load_file(expected)
            for name in ("theta1", "theta2"):
                assert (found[name] == truth[name]).all(), (path, name)
            for name in ("v", "d_diags"):
                assert (everything[name] == truth[name]).all(), (path, name)
        for path in sorted(folder.glob("bad-*.pkl")):
            outcome = self.run("import", path, "-o", "bad.safetensors", status=65)
            assert outcome.stderr.count(b"\n") == 1, outcome.stderr
            assert not os.path.exists("bad.safetensors") and not os.path.exists("UNPICKLED.txt")
        print("pickles: jaxcld's own, 4 fixtures exact, 3 hostile ones refused")

    def gated(self):
        """A gated head: onnxruntime has its logits, the pickle is refused."""
        import onnxruntime

        self.run(
            "train", "--embeddings", "train.npz", "-o", "gated", "--set", "cronos.model=gated-relu",
            "--set", "cronos.neurons=8")
        self.run("export", "--format", "onnx", "gated/head.safetensors", "-o", "gated.onnx")
        self.run("export", "--format", "npz", "gated/head.safetensors", "-o", "gated.npz")
        self.run("export", "--format", "jaxcld-pickle", "gated/head.safetensors", status=65)
        rows = np.load("test.npz")["X"]
        session = onnxruntime.InferenceSession("gated.onnx")
        (logits,) = session.run(["logits"], {"embeddings": rows})
        file = np.load("gated.npz")
        hidden = np.einsum("nd,cdu->cnu", rows.astype(np.float64), file["theta1"])
        hidden *= rows.astype(np.float64) @ file["gates"] >= 0
        same = np.einsum("cnu,cu->nc", hidden, file["theta2"])
        difference = np.abs(logits - same).max()
        assert difference < TOLERANCE, difference
        assert session.run(["logits"], {"embeddings": rows[:0]})[0].shape == (0, 3)
        print(f"gated head: logits, onnxruntime against NumPy: {difference:.1e}")

    def embeddings(self):
        """Every way in gives the same head: npz with names, npy with labels, safetensors, float16."""
        data = np.load("train.npz")
        X, names = data["X"], data["y"]
        y = np.searchsorted(["en", "hi", "id"], names)
        np.savez_compressed("deflated.npz", embeddings=np.asfortranarray(X.astype(np.float64)), y=y,
                            languages=["en", "hi", "id"])
        np.save("X.npy", X)
        np.save("y.npy", y)
        safetensors.numpy.save_file(
            {"embeddings": X, "labels": y}, "X.safetensors", {"languages": "en,hi,id"})
        heads = []
        for arguments in (
                ["train.npz"], ["deflated.npz"], ["X.safetensors"],
                ["X.npy", "--labels", "y.npy", "--languages", "en,hi,id"]):
            self.run("train", "--embeddings", *arguments, "-o", "same", "--set", "cronos.neurons=4")
            heads.append(safetensors.numpy.load_file("same/head.safetensors")["theta1"])
        assert all((head == heads[0]).all() for head in heads)
        print(f"embeddings: {len(heads)} ways in give the same head bit for bit")

    def embed(self):
        """`embed` in three formats, as NumPy and safetensors read them; `predict -` agrees with files."""
        audio = FIXTURES / "whisper-tiny-random" / "audio.wav"
        model = FIXTURES / "whisper-tiny-random" / "model"
        for name in ("e.npz", "e.npy", "e.safetensors"):
            self.run("embed", "--model", model, "-o", name, audio)
        matrix = np.load("e.npy")
        assert (np.load("e.npz")["embeddings"] == matrix).all()
        assert np.load("e.npz")["paths"].tolist() == [str(audio)]
        with safe_open("e.safetensors", "np") as file:
            assert (file.get_tensor("embeddings") == matrix).all()
            assert json.loads(file.metadata()["paths"]) == [str(audio)]
        print("embed: npz, npy and safetensors are equal")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path, help="the built cld-train")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    interop = Interop(args.program.resolve())
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        namespace = interop.documentation()
        interop.exported(namespace)
        interop.imported(namespace)
        interop.gated()
        interop.embeddings()
        interop.embed()
        os.chdir(ROOT)
    print("interop: all passed")


if __name__ == "__main__":
    main()
