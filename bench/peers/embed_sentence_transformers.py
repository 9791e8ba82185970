#!/usr/bin/env python3
"""sentence-transformers on the CPU, as a peer of bench/embed.ts.

usage: embed_sentence_transformers.py MODEL_DIR TEXTS.json [BATCH_SIZE]
Answers each line on stdin with one line {"tokens", "seconds", "cpu"} for one pass over all texts.
Environment: .venv-peers.
"""

import json
import os
import sys
import time

import torch

torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

from sentence_transformers import SentenceTransformer  # noqa: E402

model = SentenceTransformer(sys.argv[1], device="cpu")
texts = json.load(open(sys.argv[2]))
batch_size = int(sys.argv[3]) if len(sys.argv) > 3 else 32
limit = model.max_seq_length
tokens = sum(min(limit, len(ids)) for ids in model.tokenizer(texts, verbose=False)["input_ids"])
model.encode(texts[:64], batch_size=batch_size, normalize_embeddings=True)
print("ready", flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    model.encode(texts, batch_size=batch_size, normalize_embeddings=True)
    result = {"tokens": tokens, "seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps(result), flush=True)
