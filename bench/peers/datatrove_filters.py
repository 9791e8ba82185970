#!/usr/bin/env python3
"""datatrove's quality filters over the texts of a JSONL file.

usage: datatrove_filters.py DOCUMENTS.jsonl SECONDS FILTER...   (prints one JSON object)
FILTER is gopher-repetition, gopher-quality, c4-quality or fineweb-quality; several are a chain, left at the first drop.
Documents are taken in turn until SECONDS are over. Environment: .venv-peers.
"""

import json
import sys
import time

from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter
from datatrove.pipeline.filters import GopherRepetitionFilter

path, seconds, *names = sys.argv[1:]
made = {
    "gopher-repetition": GopherRepetitionFilter,
    "gopher-quality": GopherQualityFilter,
    "c4-quality": lambda: C4QualityFilter(filter_no_terminal_punct=False),
    "fineweb-quality": FineWebQualityFilter,
}
filters = [made[name]() for name in names]
with open(path, encoding="utf-8") as file:
    texts = [json.loads(line)["text"] for line in file]


def kept(text):
    document = Document(text=text, id="0")
    return all(result is True for result in (filter.filter(document) for filter in filters))


kept(texts[0])  # loads the tokenizer
total = documents = stayed = 0
started = time.process_time()
while time.process_time() - started < float(seconds) and documents < len(texts):
    stayed += kept(texts[documents])
    total += len(texts[documents].encode("utf-8"))
    documents += 1
spent = time.process_time() - started
print(json.dumps({"mbPerSecond": total / 1e6 / spent, "documents": documents, "kept": stayed}))
