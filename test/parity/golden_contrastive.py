#!/usr/bin/env python3
"""Loss, gradients and a few AdamW steps of contrastive training by sentence-transformers, as a golden file.

usage: golden_contrastive.py MODEL_DIR > fixtures/golden/contrastive.json
Of each parameter's gradient its length and its product with a fixed vector are kept. Dropout is off.
"""

import importlib.metadata
import json
import sys

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

RATE, DECAY, STEPS = 1e-4, 0.01, 3
rows = [
    ["How do I bind a book?", "Sew the folded sheets and glue the spine.", "Read a book aloud in bed."],
    ["what is a quay", "A quay is where ships are unloaded, built of stone along the shore.", "A key opens a lock."],
    ["mend a sail", "Patch the torn canvas with waxed thread.", "The sale ends on Sunday at noon, or when all is sold."],
    ["Why is the sky blue at noon and red at dusk?", "Short waves scatter more.", "Paint the ceiling blue."],
    ["tides", "The moon pulls the water; twice a day it comes and goes.", "Tidy the house twice a day."],
]

torch.set_num_threads(1)
model = SentenceTransformer(sys.argv[1], device="cpu").eval()
loss = MultipleNegativesRankingLoss(model, scale=1 / 0.05)
features = [model.preprocess(list(texts)) for texts in zip(*rows)]
optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.999), eps=1e-8, weight_decay=DECAY)


def direction(shape):
    """cos(1), cos(2), … as often as the parameter has numbers."""
    return torch.cos(torch.arange(1, shape.numel() + 1, dtype=torch.float64)).reshape(shape)


gradients, losses = {}, []
for step in range(STEPS + 1):
    optimizer.zero_grad()
    value = loss([dict(feature) for feature in features], None)
    value.backward()
    losses.append(value.item())
    if step == 0:
        for name, parameter in model[0].model.named_parameters():
            if parameter.grad is not None and not name.startswith("pooler."):
                exact = parameter.grad.double()
                gradients[name] = [exact.norm().item(), (exact * direction(exact.shape)).sum().item()]
    optimizer.step()

versions = {name: importlib.metadata.version(name) for name in ["torch", "sentence-transformers", "transformers"]}
golden = {
    "script": "test/parity/golden_contrastive.py",
    "versions": versions,
    "rows": [dict(zip(["anchor", "positive", "negative"], row)) for row in rows],
    "rate": RATE,
    "decay": DECAY,
    "temperature": 0.05,
    "losses": losses,
    "gradients": gradients,
}
print(json.dumps(golden, separators=(",", ":")).replace('],"', '],\n"'))
