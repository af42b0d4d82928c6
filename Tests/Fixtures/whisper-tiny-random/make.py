"""What transformers computes with the checkpoint in model/ and audio.wav: python3 make.py [--check]

    pip install transformers==4.56.2 tokenizers==0.22.2 numpy==2.4.6 safetensors==0.8.0
    pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu

The checkpoint (random weights, chosen among many for clear margins) and the clip (espeak-ng) are inputs, as
are the prompts, ids and texts of expected.json; `measured` there was measured once and is left as it is."""
import os
import pathlib
import sys

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")
import torch
import transformers
from transformers.modeling_outputs import BaseModelOutput

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import remake

STEPS = 20


class Whisper:
    def __init__(self):
        folder = HERE / "model"
        self.model = transformers.WhisperForConditionalGeneration.from_pretrained(folder).eval()
        self.extractor = transformers.WhisperFeatureExtractor.from_pretrained(folder)
        self.tokenizer = transformers.WhisperTokenizerFast.from_pretrained(folder)
        self.audio = remake.read_wav(HERE / "audio.wav")
        inputs = self.extractor(self.audio, sampling_rate=16_000, return_tensors="pt")
        self.features = inputs.input_features
        self.states = self.model.model.encoder(self.features).last_hidden_state

    def logits(self, ids):
        """(ids, vocabulary)."""
        states = BaseModelOutput(last_hidden_state=self.states)
        return self.model(encoder_outputs=states, decoder_input_ids=torch.tensor([ids])).logits[0]

    def greedy(self, prompt, penalty):
        """Ids, raw logits before each of them, and the smallest distance of the best from the second."""
        settings = self.model.generation_config
        processors = transformers.LogitsProcessorList([
            transformers.RepetitionPenaltyLogitsProcessor(penalty),
            transformers.SuppressTokensLogitsProcessor(settings.suppress_tokens),
            transformers.SuppressTokensAtBeginLogitsProcessor(
                settings.begin_suppress_tokens, len(prompt))])
        ids, rows, margins = list(prompt), [], []
        while len(rows) < STEPS and ids[-1] != settings.eos_token_id:
            rows.append(self.logits(ids)[-1])
            scores = processors(torch.tensor([ids]), rows[-1][None].clone())[0]
            (best, second), (token, _) = (both.tolist() for both in scores.topk(2))
            margins.append(best - second)
            ids.append(token)
        return ids[len(prompt):], torch.stack(rows), min(margins)

    def tensors(self, languages, prompt):
        encoder, features, states = self.model.model.encoder, self.features[0], self.states[0]
        gelu = torch.nn.functional.gelu
        first = self.logits([self.model.config.decoder_start_token_id])[0]
        return {
            "mel_filters": torch.tensor(self.extractor.mel_filters).float(),
            "input_features_first": features[:, :400],
            "input_features_row_mean": features.double().mean(1),
            "input_features_row_std": features.double().std(1, unbiased=False),
            "conv_first": gelu(encoder.conv2(gelu(encoder.conv1(self.features))))[0].T[:64],
            "encoder_first": states[:64], "encoder_mean": states.double().mean(0),
            "first_step_logits": first, "language_logits": first[languages],
            "step_logits": self.greedy(prompt, 1.0)[1]}

    def sequence(self, old, language):
        prompt, penalty, decode = old["prompt"], old["repetition_penalty"], self.tokenizer.decode
        tokens, _, margin = self.greedy(prompt, penalty)
        new = {"tokens": tokens, "smallest_margin": margin, "text": decode(tokens, skip_special_tokens=True),
               "text_with_special": decode(prompt + tokens, skip_special_tokens=False)}
        if "generate_tokens" in old:
            ids = self.model.generate(
                self.features, language=language, task="transcribe", do_sample=False, num_beams=1,
                max_new_tokens=STEPS, repetition_penalty=penalty)[0].tolist()
            ids = ids[len(prompt):] if ids[:len(prompt)] == prompt else ids
            new |= {"generate_tokens": ids, "equal_to_generate": ids[:STEPS] == tokens}
        return old | new

    def decoded(self, ids):
        decode, raw = self.tokenizer.decode, {"clean_up_tokenization_spaces": False}
        return {"ids": ids, "text": decode(ids, skip_special_tokens=True),
                "text_no_cleanup": decode(ids, skip_special_tokens=True, **raw),
                "text_with_special": decode(ids, skip_special_tokens=False, **raw)}


def limits(key):
    """The README's."""
    tolerance = 5e-4 if key.endswith("logits") else 2e-5 if key == "encoder_mean" else 1e-4
    return remake.absolute, tolerance


@torch.no_grad()
def main():
    again = remake.Remake(HERE, remake.parser(__doc__).parse_args().check)
    torch.set_num_threads(1)
    info, whisper = remake.read_json(HERE / "expected.json"), Whisper()
    identifier, sequences = whisper.tokenizer.convert_tokens_to_ids, info["sequences"]
    encode = lambda text: whisper.tokenizer(text, add_special_tokens=False).input_ids
    languages = [identifier(token) for token in info["language_order_of_language_logits"]]
    tensors = whisper.tensors(languages, sequences[0]["prompt"])
    again.tensors("expected.safetensors", {k: v.numpy() for k, v in tensors.items()}, limits)
    info |= {
        "special_ids": {token: identifier(token) for token in info["special_ids"]},
        "first_timestamp_id": identifier("<|0.00|>"), "vocab_size": whisper.model.config.vocab_size,
        "detected_language_id": whisper.model.detect_language(whisper.features)[0].item(),
        "detected_language_id_from_logits": languages[int(tensors["language_logits"].argmax())],
        "samples": len(whisper.audio),
        "sequences": [whisper.sequence(old, info["language"]) for old in sequences],
        "decode_cases": [whisper.decoded(case["ids"]) for case in info["decode_cases"]],
        "encode_cases": [case | {"ids": encode(case["text"])} for case in info["encode_cases"]],
        "versions": info["versions"] | remake.versions("transformers", "torch", "tokenizers", "numpy")}
    # A margin is the difference of two logits.
    again.json("expected.json", info, lambda key, old: 1e-3 if key == "smallest_margin" else 0)
    again.end()


main()
