#!/usr/bin/env python3
"""The pipeline that a Python user would write for code: tree-sitter, sentence-transformers and LanceDB over a folder.

usage: ingest_code.py SOURCE_DIR TABLE_DIR MODEL_DIR   (prints one JSON object)
Environment: .venv-peers with tree-sitter and tree-sitter-python.
"""

import json
import os
import sys
from pathlib import Path

import torch

torch.set_num_threads(os.cpu_count() or 1)

import lancedb  # noqa: E402
import pyarrow as pa  # noqa: E402
import tree_sitter  # noqa: E402
import tree_sitter_python  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

source, table_dir, model_dir = sys.argv[1:4]
model = SentenceTransformer(model_dir, device="cpu")
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
MAX_CHARS = 700


def chunks(node, data, last_end=0):
    """Children of a node merged up to a size, larger ones cut by their own children."""
    found, current = [], b""
    for child in node.children:
        if child.end_byte - child.start_byte > MAX_CHARS:
            if current:
                found.append(current)
            current = b""
            found += chunks(child, data, last_end)
        elif current and len(current) + child.end_byte - last_end > MAX_CHARS:
            found.append(current)
            current = data[last_end : child.end_byte]
        else:
            current += data[last_end : child.end_byte]
        last_end = child.end_byte
    if current:
        found.append(current)
    return found


rows = []
for path in sorted(Path(source).rglob("*.py")):
    data = path.read_bytes()
    for i, text in enumerate(chunks(parser.parse(data).root_node, data)):
        rows.append({"id": f"{path}:{i}", "path": str(path), "text": text.decode(errors="replace")})
vectors = model.encode([r["text"] for r in rows], batch_size=32, normalize_embeddings=True)
table = pa.table(
    {
        "id": [r["id"] for r in rows],
        "path": [r["path"] for r in rows],
        "text": [r["text"] for r in rows],
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1]),
    }
)
stored = lancedb.connect(table_dir).create_table("chunks", table)
stored.create_fts_index("text")
print(json.dumps({"chunks": len(rows)}))
