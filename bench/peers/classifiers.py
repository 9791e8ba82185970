#!/usr/bin/env python3
"""fastText and KenLM over the texts of a JSONL file, for bench/classifiers.ts.

usage: classifiers.py fasttext|kenlm MODEL DOCUMENTS.jsonl SECONDS   (prints one JSON object)
Texts are taken in turn until SECONDS of CPU time are over. Environment: .venv-ngram.
"""

import json
import sys
import time

kind, path, documents, seconds = sys.argv[1:]
with open(documents, encoding="utf-8") as file:
    texts = [json.loads(line)["text"] for line in file]
if kind == "fasttext":
    import fasttext

    model = fasttext.load_model(path)

    def score(text):
        model.predict(text.replace("\n", " "))

else:
    import kenlm

    model = kenlm.Model(path)

    def score(text):
        for line in text.split("\n"):
            model.score(line)


total = done = 0
started = time.process_time()
while time.process_time() - started < float(seconds):
    text = texts[done % len(texts)]
    score(text)
    total += len(text.encode("utf-8"))
    done += 1
print(json.dumps({"mbPerSecond": total / 1e6 / (time.process_time() - started)}))
