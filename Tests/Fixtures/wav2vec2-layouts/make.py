"""Writes tiny wav2vec 2.0 checkpoints of random weights in the layouts that published ones have, and
what transformers computes with them: `python make.py`, with torch and transformers 4.56.2."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2ForPreTraining,
    Wav2Vec2Model,
)

here = Path(__file__).parent
torch.manual_seed(20)
torch.set_num_threads(1)

SHAPE = dict(
    hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
    conv_dim=[12] * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4,
    hidden_dropout=0.0, attention_dropout=0.0, activation_dropout=0.0, feat_proj_dropout=0.0,
    layerdrop=0.0, apply_spec_augment=True, initializer_range=0.3,
)


def randomise(model):
    """Norms and biases that are neither one nor zero, so that a forgotten one shows."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() == 1:
                p.add_(0.3 * torch.randn_like(p))
    return model.eval()


def save_input(folder, **options):
    Wav2Vec2FeatureExtractor(**options).save_pretrained(folder)


def states(model, folder, dtype=None):
    """The float32 states of the model with its weights rounded as they are stored."""
    if dtype is not None:
        model = model.to(dtype).float()
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(folder)
    values = extractor(samples.numpy(), sampling_rate=16000, return_tensors="pt").input_values
    network = getattr(model, "wav2vec2", model)
    with torch.no_grad():
        return model, values, network(values).last_hidden_state[0]


t = torch.arange(6400) / 16000
samples = 0.2 * torch.sin(2 * torch.pi * 220 * t) * (1 + torch.sin(9 * t)) + 0.05 * torch.randn(6400)
expected = {"samples": samples}
texts = {}

# 1. Group norm, norms after the sublayers, no bias in the convolutions, a flat vocabulary and words
# in capitals, as wav2vec2-base-960h has them; an odd positional kernel.
folder = here / "group"
shutil.rmtree(folder, ignore_errors=True)
vocabulary = ["<pad>", "<s>", "</s>", "<unk>", "|"] + list("ETAOINSHRDLU'")
config = Wav2Vec2Config(
    **(SHAPE | dict(num_conv_pos_embeddings=15)), feat_extract_norm="group",
    do_stable_layer_norm=False, conv_bias=False, vocab_size=len(vocabulary),
)
model = randomise(Wav2Vec2ForCTC(config))
save_input(folder, do_normalize=True, return_attention_mask=False)
_, values, _ = states(model, folder)
with torch.no_grad():  # every token about as likely over the clip, so that the text has many
    model.lm_head.bias -= model(values).logits[0].mean(0)
model.save_pretrained(folder)
(folder / "vocab.json").write_text(json.dumps({v: i for i, v in enumerate(vocabulary)}))
tokenizer = Wav2Vec2CTCTokenizer(str(folder / "vocab.json"), do_lower_case=True)
tokenizer.save_pretrained(folder)
_, values, expected["group.states"] = states(model, folder)
with torch.no_grad():
    expected["group.logits"] = model(values).logits[0].contiguous()
ids = expected["group.logits"].argmax(-1).tolist()
texts["group"] = tokenizer.decode(ids)  # special tokens kept: none of them is dropped before merging
texts["group_ids"] = ids

# 2. A pretraining checkpoint in bfloat16 and shards: quantizer and projections to be left alone, the
# input as it is.
folder = here / "pretraining"
shutil.rmtree(folder, ignore_errors=True)
config = Wav2Vec2Config(
    **SHAPE, feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True,
    codevector_dim=8, proj_codevector_dim=8, num_codevectors_per_group=4, layer_norm_eps=1e-3,
)
model = randomise(Wav2Vec2ForPreTraining(config))
model.to(torch.bfloat16).save_pretrained(folder, max_shard_size="12KB")
save_input(folder, do_normalize=False)
_, _, expected["pretraining.states"] = states(model, folder, torch.bfloat16)

# 3. A bare network in float16, without a prefix to its names, its positional weight not taken apart.
folder = here / "bare"
shutil.rmtree(folder, ignore_errors=True)
config = Wav2Vec2Config(
    **SHAPE, feat_extract_norm="group", do_stable_layer_norm=True, conv_bias=True)
model = randomise(Wav2Vec2Model(config))
torch.nn.utils.parametrize.remove_parametrizations(model.encoder.pos_conv_embed.conv, "weight")
model.half().save_pretrained(folder)
save_input(folder, do_normalize=True)
_, _, expected["bare.states"] = states(model, folder, torch.float16)

save_file({k: v.float().contiguous() for k, v in expected.items()}, here / "expected.safetensors")
(here / "expected.json").write_text(json.dumps(texts, indent=1) + "\n")
for path in sorted(here.rglob("*.safetensors")):
    print(path.relative_to(here), len(load_file(path)))
