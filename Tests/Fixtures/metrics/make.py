"""What jiwer and scikit-learn give for the pairs of wer_cer.json and the labels of classification.json, which
are inputs and stay as they are: python3 make.py [--check]

    pip install jiwer==4.0.0 scikit-learn==1.9.1 numpy==2.4.6

The comparison with the evaluate package in wer_cer.json was made once and is left as it is."""
import json
import pathlib
import sys
import warnings

import jiwer
from sklearn.metrics import classification_report, confusion_matrix

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import remake


def rates(references, hypotheses):
    """Of one pair, or of two lists."""
    words = jiwer.process_words(references, hypotheses)
    characters = jiwer.process_characters(references, hypotheses)
    counts = lambda output: {
        kind: getattr(output, kind) for kind in ("hits", "substitutions", "deletions", "insertions")}
    common = {"wer": float(words.wer), "cer": float(characters.cer), "words": counts(words),
              "characters": counts(characters)}
    return common, {"mer": float(words.mer), "wil": float(words.wil)}


def error_rates(file):
    pairs = file["pairs"]
    for pair in pairs:
        common, others = rates(pair["reference"], pair["hypothesis"])
        pair |= common | others

    def corpus(some):
        both = [[pair[side] for pair in some] for side in ("reference", "hypothesis")]
        return {"pairs": len(some)} | rates(*both)[0]

    file["corpus"] = corpus(pairs)
    file["corpus_by_language"] = {
        language: corpus([pair for pair in pairs if pair["language"] == language])
        for language in dict.fromkeys(pair["language"] for pair in pairs)}
    used = remake.versions("jiwer", "rapidfuzz", "scikit-learn", "numpy")
    return file | {"versions": file["versions"] | used}


def classifications(file):
    for case in file["cases"]:
        true, predicted, labels = case["y_true"], case["y_pred"], case["labels"]

        def report(**options):
            result = classification_report(true, predicted, zero_division=0, **options)
            # NumPy's numbers become Python's.
            return json.loads(json.dumps(result, default=float))

        case["report"] = report(labels=labels, output_dict=True)
        case["report_text"] = report(labels=labels)
        case["confusion_matrix"] = confusion_matrix(true, predicted, labels=labels).tolist()
        case["observed_labels"] = sorted({*true, *predicted})
        case["report_observed_labels"] = report(output_dict=True)
        case["confusion_matrix_observed_labels"] = confusion_matrix(true, predicted).tolist()
    return file | {"versions": remake.versions("scikit-learn", "numpy")}


def main():
    again = remake.Remake(HERE, remake.parser(__doc__).parse_args().check)
    warnings.simplefilter("ignore")
    # Counts are whole, so that 1e-12 keeps them exact.
    for name, make in (("wer_cer.json", error_rates), ("classification.json", classifications)):
        again.json(name, make(remake.read_json(HERE / name)), lambda key, old: 1e-12)
    again.end()


main()
