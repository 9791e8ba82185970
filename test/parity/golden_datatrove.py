#!/usr/bin/env python3
"""What datatrove's filters make of fixtures/curate/documents.jsonl.gz, kept as a golden file: datatrove is too large for every test run.

usage: golden_datatrove.py > fixtures/golden/datatrove-filters.json

Each filter sees each document as it is, alone. Per filter: the reasons for which documents go, and one number a document:
0 when it stays, otherwise 1 + the index of its reason. `rewritten` are the first 8 hex digits of the SHA-256 of what C4
makes of a text that stays; `words` are the count and such a hash of the words, joined by newlines.
"""

import gzip
import hashlib
import json
import os
import re
from importlib.metadata import version

import tldextract
from datatrove.data import Document
from datatrove.pipeline.filters import C4BadWordsFilter, C4QualityFilter, FineWebQualityFilter, GopherQualityFilter
from datatrove.pipeline.filters import GopherRepetitionFilter, URLFilter
from datatrove.utils.text import split_into_words

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")


def read(name):
    with open(os.path.join(ROOT, "fixtures/curate", name), encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def bad_words_filter():
    filter = C4BadWordsFilter()
    words = "|".join(re.escape(word) for word in read("bad-words.txt"))
    # As the filter builds it from the list that it would download.
    filter._badwords_regex["en"] = re.compile(r"(?:\W|^)({})(?:\W|$)".format(words))
    return filter


def url_filter():
    lists = {"domain": [], "url": [], "word": [], "soft": [], "subword": []}
    for line in read("url-blocklist.txt"):
        kind, colon, value = line.partition(":")
        if colon and kind in ("soft", "subword"):
            lists[kind].append(value)
        else:
            lists["url" if "/" in line else "domain" if "." in line else "word"].append(line)
    filter = URLFilter(
        extra_domains=lists["domain"],
        extra_urls=lists["url"],
        banned_words=lists["word"],
        soft_banned_words=lists["soft"],
        banned_subwords=lists["subword"],
        use_integrated_lists=False,
    )
    filter.tldextractor = tldextract.TLDExtract(suffix_list_urls=())
    return filter


def short_hash(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]


filters = {
    "gopher-quality@datatrove": GopherQualityFilter(),
    "gopher-repetition@datatrove": GopherRepetitionFilter(),
    "c4-quality@datatrove": C4QualityFilter(),
    "c4-quality@fineweb": C4QualityFilter(filter_no_terminal_punct=False),
    "fineweb-quality@datatrove": FineWebQualityFilter(),
    "c4-badwords": bad_words_filter(),
    "url": url_filter(),
}
with gzip.open(os.path.join(ROOT, "fixtures/curate/documents.jsonl.gz"), "rt", encoding="utf-8", newline="\n") as file:
    documents = [json.loads(line) for line in file]

golden = {}
for name, filter in filters.items():
    reasons, decisions, rewritten = [], [], []
    for entry in documents:
        document = Document(text=entry["text"], id=entry["id"], metadata={"url": entry["url"]})
        result = filter.filter(document)
        kept, reason = result if isinstance(result, tuple) else (result, None)
        if not kept and reason not in reasons:
            reasons.append(reason)
        decisions.append(0 if kept else 1 + reasons.index(reason))
        if kept and name.startswith("c4-quality"):
            rewritten.append(short_hash(document.text))
    golden[name] = {"reasons": reasons, "decisions": decisions}
    if rewritten:
        golden[name]["rewritten"] = rewritten

words = [split_into_words(entry["text"]) for entry in documents]
print(
    json.dumps(
        {
            "script": "test/parity/golden_datatrove.py",
            "versions": {name: version(name) for name in ("datatrove", "spacy")},
            "filters": golden,
            "words": [[len(each), short_hash("\n".join(each))] for each in words],
        },
        ensure_ascii=False,
    )
)
