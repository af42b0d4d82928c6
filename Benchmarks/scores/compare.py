#!/usr/bin/env python3
"""WER and CER of many pairs: jiwer and cld-train in turn on the same texts, seconds and peak memory as a
Markdown table; the edits must be equal."""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = """
import jiwer, json, sys
r, h = (open(p, encoding="utf-8").read().split("\\n")[:-1] for p in sys.argv[1:3])
w, c = jiwer.process_words(r, h), jiwer.process_characters(r, h)
print(json.dumps({k: {"substitutions": o.substitutions, "deletions": o.deletions,
                      "insertions": o.insertions, "hits": o.hits} for k, o in (("words", w), ("characters", c))}))
"""


def texts(pairs, seed):
    """Sentences of 3 to 25 words, each word wrong, lost or doubled one time in five."""
    draw = random.Random(seed)
    words = ["".join(draw.choices("etaoinshrdlucmfwypvbgkjqxz", k=draw.randint(1, 11))) for _ in range(20000)]
    for _ in range(pairs):
        reference = draw.choices(words, k=draw.randint(3, 25))
        hypothesis = []
        for word in reference:
            fate = draw.random()
            if fate < 0.1:
                place = draw.randrange(len(word))
                hypothesis.append(word[:place] + draw.choice("aeiou") + word[place + 1:])
            elif fate < 0.13:
                hypothesis += [word, draw.choice(words)]
            elif fate > 0.95:
                continue
            else:
                hypothesis.append(word)
        yield " ".join(reference), " ".join(hypothesis)


def timed(command):
    start = time.perf_counter()
    process = subprocess.run(["/usr/bin/time", "-f", "%M", *map(str, command)], capture_output=True, text=True,
                             env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"})
    seconds = time.perf_counter() - start
    if process.returncode != 0:
        sys.exit(f"{command[0]}: {process.stderr[-2000:]}")
    return seconds, int(process.stderr.strip().splitlines()[-1]) / 1e3, json.loads(process.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=".build/release/cld-train")
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [f"{folder}/r.txt", f"{folder}/h.txt"]
        lines = list(zip(*texts(args.pairs, 1)))
        for path, column in zip(files, lines):
            Path(path).write_text("".join(line + "\n" for line in column), encoding="utf-8")
        print(f"{args.pairs} pairs, whole processes, one thread\n")
        print("| run | jiwer s | MB | cld-train s | MB | times faster |\n|---|---|---|---|---|---|")
        for run in range(args.runs):
            peer = timed([sys.executable, "-c", PEER, *files])
            ours = timed([args.program, "score", "--references", files[0], "--hypotheses", files[1], "--json"])
            for unit in ("words", "characters"):
                for kind, count in peer[2][unit].items():
                    if ours[2][unit][kind] != count:
                        sys.exit(f"{unit}.{kind}: jiwer {count}, cld-train {ours[2][unit][kind]}")
            print(f"| {run + 1} | {peer[0]:.2f} | {peer[1]:.0f} | {ours[0]:.2f} | {ours[1]:.0f} | "
                  f"{peer[0] / ours[0]:.1f} |")


main()
