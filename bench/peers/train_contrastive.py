#!/usr/bin/env python3
"""Steps of contrastive training by sentence-transformers and torch, as a peer of bench/train-embedder.ts.

usage: train_contrastive.py MODEL_DIR ROWS.json
Answers each line on stdin, a number of steps over all rows, with {"seconds", "cpu", "loss"}. Environment: .venv-peers.
"""

import json
import sys
import time

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from torch.optim import AdamW

model = SentenceTransformer(sys.argv[1], device="cpu").eval()
rows = json.load(open(sys.argv[2]))
loss = MultipleNegativesRankingLoss(model, scale=1 / 0.05)
optimizer = AdamW(model.parameters(), lr=1e-6)
texts = [[row[key] for row in rows] for key in ("anchor", "positive", "negative")]

for line in sys.stdin:
    began, used = time.perf_counter(), time.process_time()
    for _ in range(int(line)):
        optimizer.zero_grad()
        value = loss([model.preprocess(column) for column in texts], None)
        value.backward()
        optimizer.step()
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(json.dumps({"seconds": seconds, "cpu": cpu, "loss": value.item()}), flush=True)
