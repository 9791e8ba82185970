#!/usr/bin/env python3
"""Small fastText classifiers of languages, and what fastText predicts with them, as a golden file.

usage: golden_fasttext.py MODELS_DIR > fixtures/golden/fasttext.json
       golden_fasttext.py --predict MODEL   (prints what a model, e.g. lid.176.ftz, predicts)
Writes MODELS_DIR/fasttext/*, for fixtures/models/.
"""

import importlib.metadata
import json
import pathlib
import random
import sys
import tempfile

import fasttext

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = [json.loads(line) for line in (ROOT / "fixtures/curate/languages.jsonl").read_text("utf-8").splitlines()]
LANGUAGES = ["ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "zh"]
NASTY = [
    "", " ", "a", "</s>", "__label__en", "__label__xx hello there", "the\tof\u000bto\fwith  spaces", "nul\0inside",
    "ÅNGSTRÖM CAFÉ", "👩‍👩‍👧‍👦 🇩🇪", "e\u0301\u0302", "日本語の文章です。", "x" * 500, "1234 5678", "all human beings",
]
MANY = [f"a{i % 20} b{i // 20}" for i in range(300)]


def training(random_source):
    for row in ROWS:
        if row["language"] not in LANGUAGES:
            continue
        words = row["text"].split()
        # Languages of different frequency, so that the tree of hierarchical softmax is not even.
        for _ in range(4 + len(row["text"]) % 9):
            start = random_source.randrange(len(words))
            yield f"__label__{row['language']} " + " ".join(words[start : start + 8])


def predictions(model, texts):
    rows = []
    for text in texts:
        labels, scores = model.predict(text)
        rows.append([text, labels[0].removeprefix("__label__") if labels else None, float(scores[0]) if labels else None])
    return rows


def distributions(model, texts):
    """Every label with its score, by name."""
    found = [zip(*model.predict(text, k=-1)) for text in texts]
    return [[text, {l.removeprefix("__label__"): float(s) for l, s in pairs}] for text, pairs in zip(texts, found)]


texts = NASTY + MANY[::29] + [piece for row in ROWS for piece in (row["text"], row["text"][:25])]
if sys.argv[1] == "--predict":
    print(json.dumps(predictions(fasttext.load_model(sys.argv[2]), texts), ensure_ascii=False))
    sys.exit()

folder = pathlib.Path(sys.argv[1]) / "fasttext"
folder.mkdir(parents=True, exist_ok=True)
with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
    file.write("\n".join(training(random.Random(7))) + "\n")
    file.flush()
    common = dict(input=file.name, dim=8, epoch=40, lr=0.3, thread=1, minCount=3, bucket=400, verbose=0)
    hs = fasttext.train_supervised(loss="hs", minn=2, maxn=4, **common)
    hs.save_model(str(folder / "hs.bin"))
    hs.quantize()
    hs.save_model(str(folder / "hs.ftz"))
    pruned = fasttext.train_supervised(loss="hs", minn=1, maxn=3, **common)
    pruned.quantize(input=file.name, cutoff=300, qnorm=True, thread=1)
    pruned.save_model(str(folder / "pruned.ftz"))
    softmax = fasttext.train_supervised(loss="softmax", wordNgrams=3, **common)
    softmax.save_model(str(folder / "softmax.bin"))
    # Output matrices are quantised from 256 labels on.
    file.truncate(0)
    file.seek(0)
    file.writelines(f"__label__{i} {MANY[i]}\n" for i in range(len(MANY)))
    file.flush()
    many = fasttext.train_supervised(loss="ova", **{**common, "minCount": 1, "wordNgrams": 2})
    many.quantize(qout=True)
    many.save_model(str(folder / "many-labels.ftz"))

golden = {
    "script": "test/parity/golden_fasttext.py",
    "versions": {"fasttext-wheel": importlib.metadata.version("fasttext-wheel")},
    "models": {path.name: predictions(fasttext.load_model(str(path)), texts) for path in sorted(folder.iterdir())},
    "distributions": {
        path.name: distributions(fasttext.load_model(str(path)), [ROWS[0]["text"], "all human beings", ""])
        for path in sorted(folder.iterdir())
    },
}
print(json.dumps(golden, ensure_ascii=False, separators=(",", ":")).replace("],[", "],\n["))
