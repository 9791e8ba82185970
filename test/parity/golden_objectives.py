#!/usr/bin/env python3
"""Values and gradients of training objectives by torch and sentence-transformers, as a golden file.

usage: golden_objectives.py > fixtures/golden/objectives.json
"""

import importlib.metadata
import json

import torch
import torch.nn.functional as F
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

torch.manual_seed(7)
rows, width, length, vocabulary = 6, 8, 5, 13


def numbers(*shape, scale=1.0):
    """Rounded, so that the file is short and holds the very values that were used."""
    values = (torch.randn(*shape, dtype=torch.float64) * scale).round(decimals=4)
    return values.requires_grad_()


def case(kind, inputs, options, loss):
    for value in inputs.values():
        value.grad = None
    loss.backward()
    return {
        "kind": kind,
        "inputs": {name: value.tolist() for name, value in inputs.items()},
        "options": options,
        "value": loss.item(),
        "gradients": {name: value.grad.tolist() for name, value in inputs.items()},
    }


cases = []

logits = numbers(3, length, vocabulary, scale=3)
targets = torch.randint(0, vocabulary, (3, length))
counted = torch.tensor([[1, 1, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 0, 0, 0]])
weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
log_probs = -F.cross_entropy(logits.reshape(-1, vocabulary), targets.reshape(-1), reduction="none").reshape(3, length)
options = {"targets": targets.tolist(), "counted": counted.tolist(), "weights": weights.tolist()}
cases.append(case("sequence", {"logits": logits}, options, ((log_probs * counted).sum(-1) * weights).sum()))

chosen, rejected = numbers(rows, scale=20), numbers(rows, scale=20)
reference = {"chosen": numbers(rows, scale=20).detach(), "rejected": numbers(rows, scale=20).detach()}
for loss, beta, smoothing in [("sigmoid", 0.1, 0), ("sigmoid", 0.5, 0.1), ("ipo", 0.1, 0), ("hinge", 0.05, 0)]:
    ratios = chosen - rejected - reference["chosen"] + reference["rejected"]
    if loss == "sigmoid":
        values = -(1 - smoothing) * F.logsigmoid(beta * ratios) - smoothing * F.logsigmoid(-beta * ratios)
    else:
        values = (ratios - 1 / (2 * beta)) ** 2 if loss == "ipo" else torch.relu(1 - beta * ratios)
    options = {"loss": loss, "beta": beta, "labelSmoothing": smoothing}
    options["reference"] = {name: value.tolist() for name, value in reference.items()}
    cases.append(case("dpo", {"chosen": chosen, "rejected": rejected}, options, values.mean()))


class Given(torch.nn.Module):
    """In place of a model: the losses below are asked for vectors that are there."""


def ranking(vectors, symmetric):
    both = {"directions": ("query_to_doc", "doc_to_query"), "partition_mode": "per_direction"} if symmetric else {}
    loss = MultipleNegativesRankingLoss(Given(), scale=1 / 0.05, **both)
    return loss.compute_loss_from_embeddings([F.normalize(vector, dim=-1) for vector in vectors], None)


anchors, positives, negatives = numbers(rows, width), numbers(rows, width), numbers(rows, width)
pairs = {"anchors": anchors, "positives": positives}
triplets = {**pairs, "negatives": negatives}
for inputs, symmetric in [(pairs, False), (triplets, False), (pairs, True)]:
    options = {"temperature": 0.05, "symmetric": symmetric, "normalize": True}
    cases.append(case("infoNce", inputs, options, ranking(list(inputs.values()), symmetric)))

versions = {name: importlib.metadata.version(name) for name in ["torch", "sentence-transformers"]}
golden = {"script": "test/parity/golden_objectives.py", "versions": versions, "cases": cases}
print(json.dumps(golden, separators=(",", ":")).replace('},{"kind"', '},\n{"kind"'))
