#!/usr/bin/env python3
"""The pipeline that a Python user would write: sentence-transformers and LanceDB over a folder of Markdown, or of PDF
(pypdf, lines of a page joined up to 200 tokens).

usage: ingest.py DOCS_DIR TABLE_DIR MODEL_DIR   (prints one JSON object)
Environment: .venv-peers.
"""

import json
import os
import re
import sys
import time
from pathlib import Path

import torch

torch.set_num_threads(os.cpu_count() or 1)

started = time.perf_counter()
import lancedb  # noqa: E402
import pyarrow as pa  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

docs, table_dir, model_dir = sys.argv[1:4]
model = SentenceTransformer(model_dir, device="cpu")
tokenizer = model.tokenizer


def gathered(parts, separator, limit):
    """Neighbouring parts, joined while they have at most `limit` tokens together."""
    current, size = [], 0
    for part in parts:
        tokens = len(tokenizer.tokenize(part))
        if current and size + tokens > limit:
            yield separator.join(current)
            current, size = [], 0
        current.append(part)
        size += tokens
    if "".join(current).strip():
        yield separator.join(current)


def chunks(text, limit=200):
    """Sections of a Markdown file, cut at paragraphs to at most `limit` tokens."""
    for section in re.split(r"(?m)^(?=#)", text):
        yield from gathered(section.split("\n\n"), "\n\n", limit)


def pdf_chunks(path, limit=200):
    """Lines of a page, joined to at most `limit` tokens."""
    from pypdf import PdfReader

    for page in PdfReader(path).pages:
        yield from gathered(page.extract_text().splitlines(), "\n", limit)


rows = []
for path in sorted(Path(docs).rglob("*.pdf")):
    for i, text in enumerate(pdf_chunks(path)):
        rows.append({"id": f"{path}:{i}", "path": str(path), "text": text})
for path in sorted(Path(docs).rglob("*.md")):
    for i, text in enumerate(chunks(path.read_text())):
        rows.append({"id": f"{path}:{i}", "path": str(path), "text": text})
vectors = model.encode([r["text"] for r in rows], batch_size=32, normalize_embeddings=True)
dimension = vectors.shape[1]
table = pa.table(
    {
        "id": [r["id"] for r in rows],
        "path": [r["path"] for r in rows],
        "text": [r["text"] for r in rows],
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), dimension),
    }
)
database = lancedb.connect(table_dir)
stored = database.create_table("chunks", table)
stored.create_fts_index("text")
print(json.dumps({"chunks": len(rows), "seconds": time.perf_counter() - started}))
