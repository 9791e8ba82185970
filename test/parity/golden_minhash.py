#!/usr/bin/env python3
"""MinHash signatures of datasketch and datatrove, for fixtures/golden/minhash.json.

usage: golden_minhash.py > fixtures/golden/minhash.json
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from datasketch import MinHash
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
from datatrove.utils.text import simplify_text

ROOT = Path(__file__).resolve().parents[2]

SETS = [
    [],
    ["a"],
    ["", " "],
    ["naïve café", "日本語 テキスト", "🙂 astral"],
    [f"shingle {i} of three hundred" for i in range(300)],
]
TEXTS = [
    "Hello, World! It costs 3.50 or 1,000.25 – naïve CAFÉ № 5.",
    "  tabs\tand\nnew   lines\u00a0 and “quotes” (1|2|3) ٣٫٥ ",
    "İstanbul ΑΣ straße ﬁ e\u0301 %1%2%3 a_b c-d don't",
    "中文，标点。テスト！ 🙂 \x00\x1f\x7f\x85 end",
    "",
]


def datasketch_cases():
    for scheme in ("affine32", "legacy"):
        for permutations, seed in ((16, 1), (112, 7), (13, 4294967295)):
            for index, shingles in enumerate(SETS):
                minhash = MinHash(num_perm=permutations, seed=seed, scheme=scheme)
                for shingle in shingles:
                    minhash.update(shingle.encode())
                yield {
                    "scheme": scheme,
                    "permutations": permutations,
                    "seed": seed,
                    "set": index,
                    "signature": [int(value) for value in minhash.hashvalues],
                }


def datatrove_cases():
    for seed in (1, 5):
        step = MinhashDedupSignature("/tmp/unused", MinhashConfig(num_buckets=5, hashes_per_bucket=3, seed=seed))
        for index, shingles in enumerate(SETS):
            if not shingles:
                continue
            hashes = np.fromiter([step._hash_func(s) for s in shingles], dtype=np.uint64).reshape((-1, 1))
            bands = step.get_signature(hashes)
            yield {"seed": seed, "set": index, "signature": [str(value) for band in bands for value in band]}


def datatrove_words():
    step = MinhashDedupSignature("/tmp/unused", MinhashConfig())
    for path in sorted((ROOT / "fixtures/documents").rglob("*.md")):
        text = path.read_text()[:3000]
        words = step.word_tokenizer.word_tokenize(simplify_text(text))
        yield {"path": str(path.relative_to(ROOT)), "words": " ".join(words)}


print(
    json.dumps(
        {
            "script": "test/parity/golden_minhash.py",
            "versions": {"datasketch": version("datasketch"), "datatrove": version("datatrove")},
            "sets": SETS,
            "datasketchSignatures": list(datasketch_cases()),
            "datatroveSignatures": list(datatrove_cases()),
            "simplified": [{"text": text, "simple": simplify_text(text)} for text in TEXTS],
            "datatroveWords": list(datatrove_words()),
        },
        ensure_ascii=False,
        indent=0,
    )
)
