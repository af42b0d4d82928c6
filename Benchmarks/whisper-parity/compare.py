#!/usr/bin/env python3
"""Compares our Whisper with transformers' on the same weights and the same audio.

Texts: transformers' greedy decoding in float32 (language forced, task transcribe, <|notimestamps|> in the prompt, no
temperature fallback, tokens suppressed as generation_config.json says) and `cld-train predict`, word for word.
Embeddings: the encoder's last hidden state, mean over all 1,500 frames, and `cld-train embed`.

Exit status: 0 the same, 1 a word differs, an embedding is further off than the tolerance, or something failed, 2 usage.
Without --cld-train only transformers' half runs.
"""

import argparse
import contextlib
import glob
import json
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

LIBRIVOX = "/usr/share/pocketsphinx/test/data/librivox/*.wav"  # Debian: pocketsphinx-testdata
WHISPER_RATE = 16_000
WHISPER_SECONDS = 30

# Measured on the LibriVox clips with Whisper base: transformers' float32 embeddings are 4.7e-6 from its float64 ones
# (--float64), and its two log-mel implementations put them 1.9e-6 apart; the tolerance is ten times the first. A wrong
# GELU (tanh) or one wrong frame of the input moves them by 8e-3.
TOLERANCE = 5e-5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, metavar="DIR", help="a Whisper checkpoint in the Hugging Face layout")
    parser.add_argument("--cld-train", metavar="PROGRAM", help="the built cld-train")
    parser.add_argument("--language", default="en", help="Whisper's code of the language to force (default en)")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE,
                        help=f"largest difference of an embedding's element (default {TOLERANCE})")
    parser.add_argument("--float64", action="store_true",
                        help="also embed with transformers in float64 and print how far its float32 is from that")
    parser.add_argument("--save-texts", metavar="FILE", help="write transformers' texts here, JSON: file name → text")
    parser.add_argument("--save-embeddings", metavar="FILE",
                        help="write transformers' embeddings here, safetensors: embeddings (n, d), in order")
    parser.add_argument("audio", nargs="*", help="audio files of at most 30 s (default: Debian's LibriVox clips)")
    arguments = parser.parse_args()
    files = arguments.audio or sorted(glob.glob(LIBRIVOX))
    if not files:
        sys.exit(f"no audio files: apt-get install pocketsphinx-testdata ({LIBRIVOX}), or name some")

    reference = Transformers(arguments.model, arguments.language)
    audio = [read_audio(file) for file in files]
    features = [reference.features(samples) for samples in audio]
    expected_texts = [reference.transcribe(each) for each in features]
    expected = reference.embed(features)

    if arguments.save_texts:
        texts = {os.path.basename(file): text for file, text in zip(files, expected_texts)}
        with open(arguments.save_texts, "w", encoding="utf-8") as file:
            json.dump(texts, file, ensure_ascii=False, indent=1)
            file.write("\n")
    if arguments.save_embeddings:
        from safetensors.torch import save_file
        save_file({"embeddings": expected}, arguments.save_embeddings, metadata={"paths": json.dumps(files)})
    if arguments.float64:
        far = (reference.embed(features, double=True) - expected).abs().max().item()
        print(f"transformers, float32 against float64: largest difference {far:.2e}")

    if not arguments.cld_train:
        for file, text in zip(files, expected_texts):
            print(f"{os.path.basename(file)}: {text}")
        print("transformers only; name the built program with --cld-train to compare")
        return 0

    same = compare_texts(files, expected_texts, predict(arguments, files))
    return 0 if compare_embeddings(expected, embed(arguments, files), arguments.tolerance) and same else 1


class Transformers:
    def __init__(self, folder, language):
        import torch
        from transformers import WhisperForConditionalGeneration, WhisperProcessor
        self.torch = torch
        self.model = WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor = WhisperProcessor.from_pretrained(folder)
        self.language = language

    def features(self, samples):
        return self.processor(samples, sampling_rate=WHISPER_RATE, return_tensors="pt").input_features

    def transcribe(self, features):
        with self.torch.inference_mode():
            ids = self.model.generate(features, language=self.language, task="transcribe", return_timestamps=False,
                                      do_sample=False, num_beams=1)
        return self.processor.batch_decode(ids, skip_special_tokens=True)[0].strip()

    def embed(self, features, double=False):
        with self.torch.inference_mode():
            encoder = self.model.model.encoder
            if double:
                encoder = encoder.double()
                features = [each.double() for each in features]
            return self.torch.cat([encoder(each).last_hidden_state.mean(dim=1) for each in features])


def read_audio(file):
    """Mono float32 at 16 kHz. Only a rate other than that needs the package soxr."""
    import soundfile
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)
    if rate != WHISPER_RATE:
        try:
            import soxr
        except ImportError:
            sys.exit(f"{file}: {rate} Hz; pip install soxr, or name files of {WHISPER_RATE} Hz")
        samples = soxr.resample(samples, rate, WHISPER_RATE, quality="VHQ")
    if len(samples) > WHISPER_SECONDS * WHISPER_RATE:
        sys.exit(f"{file}: longer than {WHISPER_SECONDS} s, which one run of Whisper hears")
    return samples


def predict(arguments, files):
    output = call(arguments.cld_train, "predict", "--model", arguments.model, "--language", arguments.language, *files)
    try:
        texts = [json.loads(line)["text"] for line in output.splitlines() if line.strip()]
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"{arguments.cld_train} predict printed something else than a JSON object with \"text\": {error!r}")
    if len(texts) != len(files):
        sys.exit(f"{arguments.cld_train} predict printed {len(texts)} lines for {len(files)} files")
    return texts


def embed(arguments, files):
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "embeddings.safetensors")
        call(arguments.cld_train, "embed", "--model", arguments.model, "--output", path, *files)
        try:
            return load_file(path)["embeddings"].float().clone()
        except (OSError, KeyError, SafetensorError) as error:
            sys.exit(f"{arguments.cld_train} embed left no tensor \"embeddings\": {error!r}")


def call(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [""])[-1]
        sys.exit(f"{command[0]} {command[1]}: exit status {done.returncode}: {reason}")
    return done.stdout


def compare_texts(files, expected, found):
    width = max(len(os.path.basename(file)) for file in files)
    print(f"{'file':{width}}  words  differ")
    total = 0
    for file, want, got in zip(files, expected, found):
        want_words, got_words = want.split(), got.split()
        differ = sum(a != b for a, b in zip(want_words, got_words)) + abs(len(want_words) - len(got_words))
        total += differ
        print(f"{os.path.basename(file):{width}}  {len(want_words):5}  {differ:6}")
        if differ:
            print(f"  transformers: {want}\n  cld-train:    {got}")
    print(f"texts: {'all the same' if total == 0 else f'{total} words differ'}")
    return total == 0


def compare_embeddings(expected, found, tolerance):
    if expected.shape != found.shape:
        print(f"embeddings: shape {tuple(found.shape)}, expected {tuple(expected.shape)}")
        return False
    far = (expected - found).abs().max().item()
    close = far <= tolerance  # false for NaN
    print(f"embeddings: largest difference {far:.2e} of elements up to {expected.abs().max().item():.2f} "
          f"({'within' if close else 'beyond'} the tolerance {tolerance:.0e})")
    return close


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
