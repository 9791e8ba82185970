#!/usr/bin/env python3
"""Writes what Mosaic's own MDSWriter makes of a few samples.

usage: golden_mds.py > fixtures/golden/mds.json
Per case: the samples and every file, gzipped, as base64; tokens are runs [first, step, count].
"""

import base64
import gzip
import json
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
from streaming import MDSWriter

# Lengths around the widths of the format's sizes: 1, 2 and 4 bytes.
RUNS = [(5, (1, 1, 3)), (2**64 - 1, (65_535, 0, 255)), (7, (0, 1, 256)), (8, (9, 0, 65_535)), (9, (0, 0, 65_536))]
FLAT = [(i, [a + b * k for k in range(n)]) for i, (a, b, n) in RUNS]
ROWS = [[1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 0, 0, 0, 0, 0]]
SEGMENTS = [[1, 1, 1, 2, 2, 2, 2, 2], [1, 2, 2, 0, 0, 0, 0, 0]]

# Texts by the vocabulary of fixtures/models/tiny-bert-classifier.
TEXTS = [("the good rain", [59, 88, 137, 137, 126, 99, 123, 131, 136, 3]), ("all or more", [7, 48, 41, 3])]


def write(columns, samples):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "train"
        with MDSWriter(columns=columns, out=str(out)) as writer:
            for sample in samples:
                writer.write(sample)
        return {p.name: base64.b64encode(gzip.compress(p.read_bytes(), mtime=0)).decode() for p in sorted(out.iterdir())}


flat = write(
    {"doc_id": "uint64", "tokens": "ndarray:uint16"},
    [{"doc_id": i, "tokens": np.array(t, np.uint16)} for i, t in FLAT],
)
rows = write(
    {"input_ids": "ndarray:uint32:8", "segment_ids": "ndarray:uint16:8"},
    [{"input_ids": np.array(r, np.uint32), "segment_ids": np.array(s, np.uint16)} for r, s in zip(ROWS, SEGMENTS)],
)
texts = write(
    {"doc_id": "uint64", "text": "str", "tokens": "ndarray:uint16"},
    [{"doc_id": i + 1, "text": text, "tokens": np.array(tokens, np.uint16)} for i, (text, tokens) in enumerate(TEXTS)],
)
golden = {
    "script": "test/parity/golden_mds.py",
    "versions": {"mosaicml-streaming": version("mosaicml-streaming")},
    "flat": {"documents": [{"id": str(i), "run": run} for i, run in RUNS], "files": flat},
    "texts": {"documents": TEXTS, "files": texts},
    "rows": {"rows": ROWS, "segments": SEGMENTS, "files": rows},
}
print(json.dumps(golden))
