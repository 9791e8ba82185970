#!/usr/bin/env python3
"""Vectors of all-MiniLM-L6-v2 by sentence-transformers, kept as a golden file: torch is too large for every test run.

usage: golden_sentence_transformers.py MODEL_DIR > fixtures/golden/all-MiniLM-L6-v2.json
"""

import base64
import json
import sys

import sentence_transformers
import torch

TEXTS = [
    "",
    "Hello, world!",
    "How do I reset the pump after a power failure?",
    "The café’s naïve résumé — ÅNGSTRÖM, İstanbul, straße.",
    "中文字符 日本語テスト 한국어 👩‍👩‍👧‍👦 🇩🇪",
    "[CLS] [MASK] tokens inside the text [SEP]",
    "def embed(texts):\n    return [model(t) for t in texts]\n",
    "long " * 2000,
]

torch.set_num_threads(1)
model = sentence_transformers.SentenceTransformer(sys.argv[1], device="cpu")
vectors = model.encode(TEXTS, batch_size=1, normalize_embeddings=True).astype("<f4")
golden = {
    "script": "test/parity/golden_sentence_transformers.py",
    "versions": {"sentence-transformers": sentence_transformers.__version__, "torch": torch.__version__},
    "dimension": vectors.shape[1],
    "rows": [
        {"text": text, "float32": base64.b64encode(vector.tobytes()).decode()} for text, vector in zip(TEXTS, vectors)
    ],
}
print(json.dumps(golden, ensure_ascii=False, indent=1))
