"""What transformers computes with the checkpoints in model/ and lid/: python3 make.py [--check]

    pip install transformers==4.56.2 numpy==2.4.6 safetensors==0.8.0
    pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu

The checkpoints (random weights, chosen among many for clear margins) and the clips (espeak-ng) are inputs;
`measured` in expected.json was measured once and is left as it is."""
import os
import pathlib
import sys

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
import torch
import transformers
from safetensors import safe_open

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import remake

MODEL, LID = HERE / "model", HERE / "lid"


def base(inputs, batch):
    """Of model.safetensors as it is: each clip by itself, then the padded batch with its mask."""
    model, tensors, clips = transformers.Wav2Vec2ForCTC.from_pretrained(MODEL).eval(), {}, []
    for k, values in enumerate(inputs):
        states = model.wav2vec2(values).last_hidden_state[0]
        tensors |= {
            f"clip{k}.input_values": values[0], f"clip{k}.encoder": states,
            f"clip{k}.conv_features": model.wav2vec2.feature_extractor(values)[0],
            f"clip{k}.encoder_mean": states.mean(0)}
        clips.append({"samples": values.shape[1], "frames": states.shape[0]})
    samples = batch.attention_mask.sum(-1)
    frames = model._get_feat_extract_output_lengths(samples)
    states = model.wav2vec2(
        batch.input_values, attention_mask=batch.attention_mask).last_hidden_state
    means = [states[k, :count].mean(0) for k, count in enumerate(frames.tolist())]
    tensors |= {"batch.sample_lengths": samples.int(), "batch.frame_lengths": frames.int(),
                "batch.encoder": states, "batch.masked_mean": torch.stack(means)}
    return tensors, clips


def adapted(language, inputs, tokenizer):
    """Of one adapter, in a model that no other was in: tensors and texts of each clip, and the model."""
    model, tensors, clips = transformers.Wav2Vec2ForCTC.from_pretrained(MODEL).eval(), {}, []
    model.load_adapter(language)
    tokenizer.set_target_lang(language)
    for k, values in enumerate(inputs):
        logits = model(values).logits[0]
        ids = logits.argmax(-1).tolist()
        tensors |= {
            f"clip{k}.{language}.logits": logits,
            f"clip{k}.{language}.encoder_mean": model.wav2vec2(values).last_hidden_state[0].mean(0)}
        clips.append({"texts": tokenizer.decode(ids, skip_special_tokens=True), "ids": ids,
                      "texts_with_special": tokenizer.decode(ids, skip_special_tokens=False)})
    return tensors, clips, model


def detection(inputs, batch):
    model = transformers.Wav2Vec2ForSequenceClassification.from_pretrained(LID).eval()
    names = model.config.id2label
    tensors = {f"lid.clip{k}.logits": model(values).logits[0] for k, values in enumerate(inputs)}
    tensors["lid.batch_masked.logits"] = model(
        batch.input_values, attention_mask=batch.attention_mask).logits
    tensors["lid.batch_unmasked.logits"] = model(batch.input_values).logits
    labels = lambda rows: [names[int(row.argmax())] for row in rows]
    return tensors, {
        "id2label": {str(index): name for index, name in names.items()},
        "labels": labels(tensors[f"lid.clip{k}.logits"] for k in range(len(inputs))),
        "labels_batch_masked": labels(tensors["lid.batch_masked.logits"]),
        "labels_batch_unmasked": labels(tensors["lid.batch_unmasked.logits"])}


def convolution_names(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        return sorted(name for name in file.keys() if "pos_conv" in name)


def limits(key):
    """The README's; the lengths are exact."""
    for end, tolerance in (("lengths", 0), ("input_values", 1e-5), ("mean", 2e-5), ("logits", 3e-4)):
        if key.endswith(end):
            return remake.absolute, tolerance
    return remake.absolute, 1e-4


@torch.no_grad()
def main():
    again = remake.Remake(HERE, remake.parser(__doc__).parse_args().check)
    torch.set_num_threads(1)
    info = remake.read_json(HERE / "expected.json")
    extractor = transformers.Wav2Vec2FeatureExtractor.from_pretrained(MODEL)
    tokenizer = transformers.Wav2Vec2CTCTokenizer.from_pretrained(MODEL)
    waves = [remake.read_wav(HERE / f"audio{k}.wav") for k in range(len(info["clips"]))]
    prepare = lambda sound, **options: extractor(
        sound, sampling_rate=16_000, return_tensors="pt", **options)
    inputs = [prepare(wave).input_values for wave in waves]
    batch = prepare(waves, padding="longest")
    tensors, clips = base(inputs, batch)
    for language in info["adapters"]:
        more, heard, model = adapted(language, inputs, tokenizer)
        tensors |= more
        for clip, new in zip(clips, heard):
            for key, value in new.items():
                clip.setdefault(key, {})[language] = value
        if language == info["adapters"][0]:
            tensors[f"batch.{language}.unmasked_logits"] = model(batch.input_values).logits
    more, info["lid"] = detection(inputs, batch)
    tensors |= more
    info["clips"] = [old | new for old, new in zip(info["clips"], clips)]
    info["positional_convolution_tensor_names"] = {
        "model": convolution_names(MODEL), "lid": convolution_names(LID)}
    info["versions"] |= remake.versions("transformers", "torch", "numpy")
    again.tensors("expected.safetensors", {k: v.numpy() for k, v in tensors.items()}, limits)
    again.json("expected.json", info)
    again.end()


main()
