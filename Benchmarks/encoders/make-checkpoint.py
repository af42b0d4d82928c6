#!/usr/bin/env python3
"""Writes a random-weight checkpoint of a chosen shape, tensor by tensor, without a deep-learning library:

    make-checkpoint.py mms FOLDER        mms-1b-all's shape, with adapters (3.9 GB)
    make-checkpoint.py mms-lid FOLDER    mms-lid-126's shape
    make-checkpoint.py whisper FOLDER    whisper-small's shape (1 GB)

A folder that has been written with the same options is left alone. Needs numpy."""

import argparse
import json
import os
import struct
from pathlib import Path

import numpy as np

ADAPTERS = ["eng", "hin", "ind", "zlm", "cmn-script_simplified"]
TOKENS = ["<pad>", "<s>", "</s>", "<unk>", "|"] + list("abcdefghijklmnopqrstuvwxyz'")
# The languages of mms-lid-126 that a run of five languages needs, and made-up ones beside them.
LABELS = ["eng", "hin", "ind", "zlm", "cmn", "yue"] + [f"x{i:02d}" for i in range(120)]


class Tensors(dict):
    """Names to shapes and the scale of each tensor's random numbers; 1 stands for ones."""

    def linear(self, name, outputs, inputs, bias=True):
        self[f"{name}.weight"] = ([outputs, inputs], 1 / inputs**0.5)
        if bias:
            self[f"{name}.bias"] = ([outputs], 0.02)

    def convolution(self, name, outputs, inputs, kernel):
        self[f"{name}.weight"] = ([outputs, inputs, kernel], 1 / (inputs * kernel) ** 0.5)
        self[f"{name}.bias"] = ([outputs], 0.02)

    def norm(self, name, width):
        self[f"{name}.weight"] = ([width], 1)
        self[f"{name}.bias"] = ([width], 0.02)


def adapter(t, layers, width, inner, prefix):
    for i in range(layers):
        layer = f"{prefix}encoder.layers.{i}.adapter_layer"
        t.norm(f"{layer}.norm", width)
        t.linear(f"{layer}.linear_1", inner, width)
        t.linear(f"{layer}.linear_2", width, inner)


def mms(a, detector):
    """Wav2Vec2ForCTC, or Wav2Vec2ForSequenceClassification."""
    config = {
        "model_type": "wav2vec2", "hidden_size": a.width, "num_hidden_layers": a.layers,
        "num_attention_heads": a.heads, "intermediate_size": a.hidden, "conv_bias": True,
        "feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_dim": [512] * 7,
        "conv_kernel": [10, 3, 3, 3, 3, 2, 2], "conv_stride": [5, 2, 2, 2, 2, 2, 2],
        "num_feat_extract_layers": 7, "num_conv_pos_embeddings": 128,
        "num_conv_pos_embedding_groups": 16, "layer_norm_eps": 1e-5, "hidden_act": "gelu",
        "feat_extract_activation": "gelu", "vocab_size": len(TOKENS), "pad_token_id": 0,
        "hidden_dropout": 0.0, "attention_dropout": 0.0, "layerdrop": 0.0, "apply_spec_augment": False,
    }
    t = Tensors()
    inputs = 1
    for i, kernel in enumerate(config["conv_kernel"]):
        name = f"wav2vec2.feature_extractor.conv_layers.{i}"
        t.convolution(f"{name}.conv", 512, inputs, kernel)
        t.norm(f"{name}.layer_norm", 512)
        inputs = 512
    t.norm("wav2vec2.feature_projection.layer_norm", 512)
    t.linear("wav2vec2.feature_projection.projection", a.width, 512)
    encoder = "wav2vec2.encoder"
    conv = f"{encoder}.pos_conv_embed.conv"
    t[f"{conv}.bias"] = ([a.width], 0.02)
    t[f"{conv}.weight_g"] = ([1, 1, 128], 1)
    t[f"{conv}.weight_v"] = ([a.width, a.width // 16, 128], 0.02)
    for i in range(a.layers):
        layer = f"{encoder}.layers.{i}"
        for part in ["q_proj", "k_proj", "v_proj", "out_proj"]:
            t.linear(f"{layer}.attention.{part}", a.width, a.width)
        t.norm(f"{layer}.layer_norm", a.width)
        t.linear(f"{layer}.feed_forward.intermediate_dense", a.hidden, a.width)
        t.linear(f"{layer}.feed_forward.output_dense", a.width, a.hidden)
        t.norm(f"{layer}.final_layer_norm", a.width)
    t.norm(f"{encoder}.layer_norm", a.width)
    files = {"preprocessor_config.json": {
        "do_normalize": True, "feature_extractor_type": "Wav2Vec2FeatureExtractor", "feature_size": 1,
        "padding_side": "right", "padding_value": 0.0, "return_attention_mask": True,
        "sampling_rate": 16000}}
    more = {}
    if detector:
        config |= {"architectures": ["Wav2Vec2ForSequenceClassification"],
                   "classifier_proj_size": 1024, "id2label": dict(enumerate(LABELS))}
        t.linear("projector", 1024, a.width)
        t.linear("classifier", len(LABELS), 1024)
    else:
        config |= {"architectures": ["Wav2Vec2ForCTC"], "adapter_attn_dim": a.adapter}
        adapter(t, a.layers, a.width, a.adapter, "wav2vec2.")
        t.linear("lm_head", len(TOKENS), a.width)
        files["vocab.json"] = {name: {t: i for i, t in enumerate(TOKENS)} for name in ADAPTERS}
        files["tokenizer_config.json"] = {"target_lang": "eng", "pad_token": "<pad>",
                                          "word_delimiter_token": "|"}
        for name in ADAPTERS:
            weights = Tensors()
            adapter(weights, a.layers, a.width, a.adapter, "wav2vec2.")
            weights.linear("lm_head", len(TOKENS), a.width)
            more[f"adapter.{name}.safetensors"] = weights
    return files | {"config.json": config}, {"model.safetensors": t} | more


def whisper(a):
    """WhisperForConditionalGeneration of a multilingual checkpoint; its tokens are made up."""
    vocabulary, positions = 51865, 1500
    config = {
        "model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"],
        "d_model": a.width, "num_mel_bins": 80, "vocab_size": vocabulary,
        "max_source_positions": positions, "max_target_positions": 448, "encoder_layers": a.layers,
        "encoder_attention_heads": a.heads, "encoder_ffn_dim": a.hidden, "decoder_layers": a.layers,
        "decoder_attention_heads": a.heads, "decoder_ffn_dim": a.hidden,
        "activation_function": "gelu", "dropout": 0.0, "attention_dropout": 0.0,
        "activation_dropout": 0.0, "decoder_start_token_id": 50258, "eos_token_id": 50257,
        "bos_token_id": 50257, "pad_token_id": 50257, "tie_word_embeddings": True,
    }
    t = Tensors()

    def layer(name, parts):
        for part in parts:
            for projection in ["q_proj", "k_proj", "v_proj", "out_proj"]:
                t.linear(f"{name}.{part}.{projection}", a.width, a.width, projection != "k_proj")
            t.norm(f"{name}.{part}_layer_norm", a.width)
        t.linear(f"{name}.fc1", a.hidden, a.width)
        t.linear(f"{name}.fc2", a.width, a.hidden)
        t.norm(f"{name}.final_layer_norm", a.width)

    t.convolution("model.encoder.conv1", a.width, 80, 3)
    t.convolution("model.encoder.conv2", a.width, a.width, 3)
    t["model.encoder.embed_positions.weight"] = ([positions, a.width], 0.5)
    t["model.decoder.embed_tokens.weight"] = ([vocabulary, a.width], 0.02)
    t["model.decoder.embed_positions.weight"] = ([448, a.width], 0.02)
    for i in range(a.layers):
        layer(f"model.encoder.layers.{i}", ["self_attn"])
        layer(f"model.decoder.layers.{i}", ["self_attn", "encoder_attn"])
    t.norm("model.encoder.layer_norm", a.width)
    t.norm("model.decoder.layer_norm", a.width)
    languages = {f"<|{l}|>": 50259 + i for i, l in enumerate(["en", "zh", "hi", "id", "ms"])}
    tasks = {"translate": 50358, "transcribe": 50359}
    special = {"<|endoftext|>": 50257, "<|startoftranscript|>": 50258, "<|notimestamps|>": 50363}
    special |= languages | {f"<|{name}|>": id for name, id in tasks.items()}
    names = {id: token for token, id in special.items()}
    return {
        "config.json": config,
        "generation_config.json": {
            "decoder_start_token_id": 50258, "eos_token_id": 50257, "no_timestamps_token_id": 50363,
            "is_multilingual": True, "lang_to_id": languages, "task_to_id": tasks, "max_length": 448},
        "preprocessor_config.json": {
            "feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 80,
            "hop_length": 160, "n_fft": 400, "chunk_length": 30, "n_samples": 480000,
            "nb_max_frames": 3000, "sampling_rate": 16000, "padding_value": 0.0},
        "vocab.json": {names.get(i, f"t{i}"): i for i in range(vocabulary)},
    }, {"model.safetensors": t}


def half(values, type):
    """The bytes of float32 values as F16, or as BF16 rounded to the nearest."""
    if type == "F16":
        return values.astype(np.float16).tobytes()
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16).tobytes()


def write(path, tensors, type, seed):
    """Writes one file of tensors; gives its number of parameters."""
    header, offset, size = {"__metadata__": {"format": "pt"}}, 0, 4 if type == "F32" else 2
    for name, (shape, _) in tensors.items():
        count = size * int(np.prod(shape))
        header[name] = {"dtype": type, "shape": shape, "data_offsets": [offset, offset + count]}
        offset += count
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    rng = np.random.default_rng(seed)
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for shape, scale in tensors.values():
            if scale == 1:
                values = np.ones(shape, np.float32)
            else:
                values = rng.standard_normal(shape, np.float32) * np.float32(scale)
            file.write(values.tobytes() if type == "F32" else half(values, type))
    os.replace(part, path)
    return offset // size


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["mms", "mms-lid", "whisper"])
    parser.add_argument("folder", type=Path)
    for name in ["layers", "width", "heads", "hidden"]:
        parser.add_argument(f"--{name}", type=int, help="as the kind has it, unless told")
    parser.add_argument("--adapter", type=int, default=16, help="inner width of MMS's adapters")
    parser.add_argument("--type", choices=["F32", "F16", "BF16"], default="F32")
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    usual = {"whisper": (12, 768, 12, 3072)}.get(a.kind, (48, 1280, 16, 5120))
    for name, value in zip(["layers", "width", "heads", "hidden"], usual):
        if getattr(a, name) is None:
            setattr(a, name, value)
    options = {name: str(value) for name, value in vars(a).items() if name != "folder"}
    done = a.folder / "made-with.json"  # written last
    if done.exists() and json.loads(done.read_text()) == options:
        print(f"{a.folder}: is there")
        return
    files, weights = whisper(a) if a.kind == "whisper" else mms(a, a.kind == "mms-lid")
    a.folder.mkdir(parents=True, exist_ok=True)
    done.unlink(missing_ok=True)
    for i, (name, tensors) in enumerate(weights.items()):
        count = write(a.folder / name, tensors, a.type, a.seed + i)
        if name == "model.safetensors":
            size = (a.folder / name).stat().st_size
            print(f"{a.folder}: {size / 1e9:.2f} GB, {count:,} parameters")
    for name, content in files.items():
        (a.folder / name).write_text(json.dumps(content, indent=1))
    done.write_text(json.dumps(options))


if __name__ == "__main__":
    main()
