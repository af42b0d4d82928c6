#!/usr/bin/env python3
"""Writes a random-weight checkpoint of a chosen shape, tensor by tensor, without a deep-learning library:
`make-checkpoint.py mms FOLDER --layers 48` is mms-1b-all's shape (3.9 GB). Needs numpy."""

import argparse
import json
import os
import struct
from pathlib import Path

import numpy as np


def mms(layers, width, heads, hidden, adapter):
    """Names and shapes of Wav2Vec2ForCTC, with the scale of each tensor's random numbers."""
    config = {
        "model_type": "wav2vec2", "architectures": ["Wav2Vec2ForCTC"], "hidden_size": width,
        "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": hidden,
        "adapter_attn_dim": adapter, "conv_bias": True, "feat_extract_norm": "layer",
        "do_stable_layer_norm": True, "conv_dim": [512] * 7, "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
        "conv_stride": [5, 2, 2, 2, 2, 2, 2], "num_feat_extract_layers": 7,
        "num_conv_pos_embeddings": 128, "num_conv_pos_embedding_groups": 16, "layer_norm_eps": 1e-5,
        "hidden_act": "gelu", "feat_extract_activation": "gelu", "vocab_size": 32, "pad_token_id": 0,
        "hidden_dropout": 0.0, "attention_dropout": 0.0, "layerdrop": 0.0, "apply_spec_augment": False,
    }
    t = {}

    def linear(name, o, i, scale=1.0):
        t[f"{name}.weight"] = ([o, i], scale / i**0.5)
        t[f"{name}.bias"] = ([o], 0.02)

    def norm(name, n):
        t[f"{name}.weight"] = ([n], 1)  # ones
        t[f"{name}.bias"] = ([n], 0.02)

    inputs = 1
    for i, kernel in enumerate(config["conv_kernel"]):
        name = f"wav2vec2.feature_extractor.conv_layers.{i}"
        t[f"{name}.conv.weight"] = ([512, inputs, kernel], 1 / (inputs * kernel) ** 0.5)
        t[f"{name}.conv.bias"] = ([512], 0.02)
        norm(f"{name}.layer_norm", 512)
        inputs = 512
    norm("wav2vec2.feature_projection.layer_norm", 512)
    linear("wav2vec2.feature_projection.projection", width, 512)
    encoder = "wav2vec2.encoder"
    conv = f"{encoder}.pos_conv_embed.conv"
    t[f"{conv}.bias"] = ([width], 0.02)
    t[f"{conv}.weight_g"] = ([1, 1, 128], 1)
    t[f"{conv}.weight_v"] = ([width, width // 16, 128], 0.02)
    for i in range(layers):
        layer = f"{encoder}.layers.{i}"
        for part in ["q_proj", "k_proj", "v_proj", "out_proj"]:
            linear(f"{layer}.attention.{part}", width, width)
        norm(f"{layer}.layer_norm", width)
        linear(f"{layer}.feed_forward.intermediate_dense", hidden, width)
        linear(f"{layer}.feed_forward.output_dense", width, hidden)
        norm(f"{layer}.final_layer_norm", width)
        norm(f"{layer}.adapter_layer.norm", width)
        linear(f"{layer}.adapter_layer.linear_1", adapter, width)
        linear(f"{layer}.adapter_layer.linear_2", width, adapter)
    norm(f"{encoder}.layer_norm", width)
    linear("lm_head", 32, width)
    return config, t


def write(path, tensors, seed):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, (shape, _) in tensors.items():
        size = 4 * int(np.prod(shape))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    rng = np.random.default_rng(seed)
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, (shape, scale) in tensors.items():
            if scale == 1 and (name.endswith("norm.weight") or name.endswith("weight_g")):
                values = np.ones(shape, np.float32)
            else:
                values = rng.standard_normal(shape, np.float32) * np.float32(scale)
            file.write(values.tobytes())
    os.replace(part, path)
    return offset


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["mms"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layers", type=int, default=48)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--heads", type=int, default=16)
    parser.add_argument("--hidden", type=int, default=5120)
    parser.add_argument("--adapter", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    config, tensors = mms(a.layers, a.width, a.heads, a.hidden, a.adapter)
    a.folder.mkdir(parents=True, exist_ok=True)
    size = write(a.folder / "model.safetensors", tensors, a.seed)
    files = {
        "config.json": config,
        "preprocessor_config.json": {
            "do_normalize": True, "feature_extractor_type": "Wav2Vec2FeatureExtractor",
            "feature_size": 1, "padding_side": "right", "padding_value": 0.0,
            "return_attention_mask": True, "sampling_rate": 16000,
        },
        "vocab.json": {t: i for i, t in enumerate(
            ["<pad>", "<s>", "</s>", "<unk>", "|"] + list("abcdefghijklmnopqrstuvwxyz'"))},
    }
    for name, content in files.items():
        (a.folder / name).write_text(json.dumps(content, indent=1))
    print(f"{a.folder}: {size / 1e9:.2f} GB, {size // 4:,} parameters")


if __name__ == "__main__":
    main()
