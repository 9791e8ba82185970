#!/usr/bin/env python3
"""Writes what datatrove's own writer of tokenized files makes of a few documents.

usage: golden_datatrove_tokens.py > fixtures/golden/datatrove-tokens.json
Per case: the documents, the loss masks or null, and every file, gzipped, as base64.
"""

import base64
import gzip
import json
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
from datatrove.pipeline.tokens.tokenizer import TokenizedFile

DOCUMENTS = [[1, 2, 3], [65_535, 0], [7] * 40, [], list(range(100, 1400))]
MASKS = [[int((i + len(d)) % 3 > 0) for i in range(len(d))] for d in DOCUMENTS]


def case(token_size, masked):
    documents = [[t + (65_537 if token_size == 4 else 0) for t in d] for d in DOCUMENTS]
    with tempfile.TemporaryDirectory() as folder:
        file = TokenizedFile(
            folder,
            "train.ds",
            save_loss_metadata=masked,
            tokenizer_name_or_path="test",
            save_final_metadata=True,
            token_size=token_size,
        )
        for tokens, mask in zip(documents, MASKS):
            file.write(tokens, np.array(mask, dtype=bool) if masked else None)
        file.close()
        files = {p.name: base64.b64encode(gzip.compress(p.read_bytes(), mtime=0)).decode() for p in sorted(Path(folder).iterdir())}
    return {"documents": documents, "masks": MASKS if masked else None, "files": files}


golden = {
    "script": "test/parity/golden_datatrove_tokens.py",
    "versions": {"datatrove": version("datatrove")},
    "cases": [case(2, False), case(2, True), case(4, False)],
}
print(json.dumps(golden))
