#!/usr/bin/env python3
"""What NeMo Curator's and dolma's heuristics measure on fixtures/curate/documents.jsonl.gz, kept as a golden file.

usage: golden_heuristics.py DIR > fixtures/golden/heuristic-filters.json
DIR holds the unpacked wheels of nemo-curator 1.4.0 and dolma 1.2.1, as scripts/golden.sh fetches them: whole, they bring
Ray and a cluster's tools. Only the files of the heuristics are loaded.

Curator's filters and limits are those of its own heuristic_filter_english_pipeline.yaml. `decisions` are 0 when a
document stays, otherwise the number of the first filter that drops it; scores are those of every fifth document.
"""

import gzip
import importlib
import json
import os
import sys
import types

import yaml

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
WHEELS = sys.argv[1]
EVERY = 5


def package(name):
    """A package without the imports of its __init__.py."""
    module = types.ModuleType(name)
    module.__path__ = [os.path.join(WHEELS, *name.split("."))]
    sys.modules[name] = module


for name in ["dolma", "dolma.core", "dolma.taggers", "nemo_curator", "nemo_curator.stages", "nemo_curator.stages.text"]:
    package(name)
for name in ["filters", "utils", "filters.heuristic", "filters.heuristic.repetition"]:
    package(f"nemo_curator.stages.text.{name}")

gopher = importlib.import_module("dolma.taggers.gopher")
strings = importlib.import_module("nemo_curator.stages.text.filters.heuristic.string")
repetition = importlib.import_module("nemo_curator.stages.text.filters.heuristic.repetition.repetition")
# The order of a set of strings differs from run to run, and with it the winner of equally frequent n-grams.
repetition.set = dict.fromkeys


def curator_filters():
    with open(os.path.join(WHEELS, "nemo_curator/config/text/heuristic_filter_english_pipeline.yaml")) as file:
        stages = yaml.safe_load(file)["stages"]
    for stage in stages:
        settings = dict(stage.get("filter_obj", {}))
        if settings:
            name = settings.pop("_target_").rsplit(".", 1)[1]
            make = getattr(strings, name, None) or getattr(repetition, name)
            yield f"{name}{settings.get('n', '')}", make(**settings)


def curator_score(filter, text):
    try:
        score = filter.score_document(text)
        return score, filter.keep_document(score)
    except (ValueError, ZeroDivisionError):
        return None, False


def dolma_scores(text):
    attributes = gopher.get_attributes(text)
    scores = {key: value for key, value in vars(attributes).items() if not isinstance(value, list)}
    for n, value in attributes.fraction_of_characters_in_most_common_ngram:
        scores[f"top{n}"] = value
    for n, value in attributes.fraction_of_characters_in_duplicate_ngrams:
        scores[f"duplicate{n}"] = value
    return scores


def rounded(value):
    return None if value is None else float(f"{value:.7g}")


with gzip.open(os.path.join(ROOT, "fixtures/curate/documents.jsonl.gz"), "rt", encoding="utf-8", newline="\n") as file:
    texts = [json.loads(line)["text"] for line in file]

filters = list(curator_filters())
decisions, curator, dolma = [], [], []
for index, text in enumerate(texts):
    results = [curator_score(filter, text) for _, filter in filters]
    decisions.append(next((at + 1 for at, (_, kept) in enumerate(results) if not kept), 0))
    if index % EVERY == 0:
        curator.append([rounded(score) for score, _ in results])
        dolma.append({key: rounded(value) for key, value in dolma_scores(text).items()})
keys = sorted({key for scores in dolma for key in scores})
print(
    json.dumps(
        {
            "script": "test/parity/golden_heuristics.py",
            "versions": {"nemo-curator": "1.4.0", "dolma": "1.2.1"},
            "every": EVERY,
            "curator": {"filters": [name for name, _ in filters], "decisions": decisions, "scores": curator},
            "dolma": {"keys": keys, "scores": [[scores.get(key) for key in keys] for scores in dolma]},
        }
    )
)
