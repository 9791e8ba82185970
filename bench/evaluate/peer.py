"""The retrieval pipeline that a Python user would write, as the peer of bench/evaluate/compare.ts.

Paragraphs are gathered up to 220 tokens, embedded by all-MiniLM-L6-v2 with sentence-transformers, searched exactly by
cosine and by BM25 over stemmed words, and fused by reciprocal rank (k = 60).

usage: python bench/evaluate/peer.py QUESTIONS.jsonl CORPUS MODEL   (.venv-peers)
out:   one JSON object per question: {"id", "vector": [{"path", "text"}, ...], "text": [...], "hybrid": [...]}
"""

import html.parser
import json
import math
import pathlib
import re
import sys
import time
from collections import Counter, defaultdict

import numpy as np
from nltk.stem.snowball import SnowballStemmer
from sentence_transformers import SentenceTransformer

CHUNK_TOKENS = 220
HITS = 100
BLOCKS = {"p", "div", "li", "dt", "dd", "pre", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section", "title"}


class TextOf(html.parser.HTMLParser):
    """Text of a page, a blank line between its blocks."""

    def __init__(self):
        super().__init__()
        self.parts = []
        self.hidden = 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style")
        if tag in BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")
        if tag in BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def text_of(path):
    text = path.read_text(errors="replace")
    if path.suffix != ".html":
        return text
    parser = TextOf()
    parser.feed(text)
    return "".join(parser.parts)


def chunks_of(text, tokenizer):
    """Paragraphs, gathered while they fit; one that is too long alone is cut into windows of tokens."""
    gathered, size = [], 0
    for paragraph in re.split(r"\n\s*\n", text):
        paragraph = paragraph.strip()
        if not paragraph:
            continue
        encoded = tokenizer(paragraph, add_special_tokens=False, return_offsets_mapping=True, truncation=False)
        count = len(encoded["input_ids"])
        if gathered and size + count > CHUNK_TOKENS:
            yield "\n\n".join(gathered)
            gathered, size = [], 0
        if count > CHUNK_TOKENS:
            offsets = encoded["offset_mapping"]
            for start in range(0, count, CHUNK_TOKENS):
                window = offsets[start : start + CHUNK_TOKENS]
                yield paragraph[window[0][0] : window[-1][1]]
        else:
            gathered.append(paragraph)
            size += count
    if gathered:
        yield "\n\n".join(gathered)


class Bm25:
    """Robertson's BM25 with k1 = 1.2 and b = 0.75 over stemmed words."""

    def __init__(self, texts):
        self.stemmer = SnowballStemmer("english")
        self.stems = {}
        self.postings = defaultdict(list)
        lengths = []
        for i, text in enumerate(texts):
            words = Counter(self.words(text))
            lengths.append(sum(words.values()))
            for word, count in words.items():
                self.postings[word].append((i, count))
        self.count = len(texts)
        self.lengths = np.array(lengths)
        self.average = self.lengths.mean()

    def words(self, text):
        for word in re.findall(r"\w+", text.lower()):
            if word not in self.stems:
                self.stems[word] = self.stemmer.stem(word)
            yield self.stems[word]

    def search(self, query):
        scores = np.zeros(self.count)
        for word in set(self.words(query)):
            found = self.postings.get(word)
            if not found:
                continue
            rows, counts = (np.array(column) for column in zip(*found))
            idf = math.log(1 + (self.count - len(rows) + 0.5) / (len(rows) + 0.5))
            norm = 1.2 * (0.25 + 0.75 * self.lengths[rows] / self.average)
            scores[rows] += idf * counts * 2.2 / (counts + norm)
        best = np.argsort(-scores, kind="stable")[:HITS]
        return [int(i) for i in best if scores[i] > 0]


def fuse(*rankings):
    scores = defaultdict(float)
    for ranking in rankings:
        for rank, i in enumerate(ranking):
            scores[i] += 1 / (60 + rank + 1)
    return sorted(scores, key=lambda i: (-scores[i], i))[:HITS]


def main(questions_path, corpus, model_path):
    corpus = pathlib.Path(corpus)
    model = SentenceTransformer(model_path, device="cpu")
    started = time.perf_counter()
    places, texts = [], []
    for path in sorted(p for p in corpus.rglob("*") if p.is_file() and ".mdp" not in p.parts):
        for text in chunks_of(text_of(path), model.tokenizer):
            places.append(path.relative_to(corpus).as_posix())
            texts.append(text)
    vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    bm25 = Bm25(texts)
    print(f"{len(texts)} chunks in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    for line in open(questions_path):
        question = json.loads(line)
        query = question["query"]
        scores = vectors @ model.encode([query], normalize_embeddings=True, show_progress_bar=False)[0]
        vector = [int(i) for i in np.argsort(-scores, kind="stable")[:HITS]]
        text = bm25.search(query)
        rankings = {"vector": vector, "text": text, "hybrid": fuse(vector, text)}
        hits = {name: [{"path": places[i], "text": texts[i]} for i in found] for name, found in rankings.items()}
        print(json.dumps({"id": question["id"], **hits}))


main(*sys.argv[1:])
