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


def chunks(text, limit=200):
    """Sections of a Markdown file, cut at paragraphs to at most `limit` tokens."""
    for section in re.split(r"(?m)^(?=#)", text):
        current, size = [], 0
        for paragraph in section.split("\n\n"):
            tokens = len(tokenizer.tokenize(paragraph))
            if current and size + tokens > limit:
                yield "\n\n".join(current)
                current, size = [], 0
            current.append(paragraph)
            size += tokens
        if "".join(current).strip():
            yield "\n\n".join(current)


def pdf_chunks(path, limit=200):
    """Lines of a page, joined to at most `limit` tokens."""
    from pypdf import PdfReader

    for page in PdfReader(path).pages:
        current, size = [], 0
        for line in page.extract_text().splitlines():
            tokens = len(tokenizer.tokenize(line))
            if current and size + tokens > limit:
                yield "\n".join(current)
                current, size = [], 0
            current.append(line)
            size += tokens
        if "".join(current).strip():
            yield "\n".join(current)


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
