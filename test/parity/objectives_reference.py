#!/usr/bin/env python3
"""Values and gradients of training objectives in float64, from their definitions.

usage: objectives_reference.py < cases.json > results.json
A case is {"kind", "inputs": {name: nested lists}, "options"}; a result {"value", "gradients": {name: nested lists}}.
Gradients are central differences, so that they share nothing with a derivation by hand.
"""

import json
import sys

import numpy as np

STEP = 1e-5


def log_sigmoid(x):
    return -np.logaddexp(0.0, -x)


def log_softmax(x):
    top = x.max(-1, keepdims=True)
    return x - top - np.log(np.exp(x - top).sum(-1, keepdims=True))


def sequence(inputs, options):
    """The weighted sum of the rows' log-probabilities: one number, so that it has a gradient."""
    logits, total = inputs["logits"], 0.0
    for row, weight in enumerate(options["weights"]):
        for position, target in enumerate(options["targets"][row]):
            if options["counted"][row][position]:
                total += weight * log_softmax(logits[row, position])[target]
    return total


def dpo(inputs, options):
    beta, smoothing = options["beta"], options["labelSmoothing"]
    reference = {name: np.array(values) for name, values in options["reference"].items()}
    ratios = inputs["chosen"] - inputs["rejected"] - (reference["chosen"] - reference["rejected"])
    if options["loss"] == "sigmoid":
        losses = -(1 - smoothing) * log_sigmoid(beta * ratios) - smoothing * log_sigmoid(-beta * ratios)
    elif options["loss"] == "ipo":
        losses = (ratios - 1 / (2 * beta)) ** 2
    else:
        losses = np.maximum(0.0, 1 - beta * ratios)
    return losses.mean()


def info_nce(inputs, options):
    anchors, positives = inputs["anchors"], inputs["positives"]
    candidates = np.concatenate([positives, inputs["negatives"]]) if "negatives" in inputs else positives
    scores = anchors @ candidates.T / options["temperature"]
    seen = np.where(np.array(options["excluded"], bool), -np.inf, scores) if "excluded" in options else scores
    rows = range(len(anchors))
    forward = -np.mean([log_softmax(seen[row])[row] for row in rows])
    if not options["symmetric"]:
        return forward
    backward = -np.mean([log_softmax(seen[: len(anchors), row])[row] for row in rows])
    return (forward + backward) / 2


OBJECTIVES = {"sequence": sequence, "dpo": dpo, "infoNce": info_nce}


def gradients(objective, inputs, options):
    found = {}
    for name, values in inputs.items():
        found[name] = np.zeros_like(values)
        for index in np.ndindex(values.shape):
            kept = values[index]
            values[index] = kept + STEP
            above = objective(inputs, options)
            values[index] = kept - STEP
            found[name][index] = (above - objective(inputs, options)) / (2 * STEP)
            values[index] = kept
    return {name: values.tolist() for name, values in found.items()}


results = []
for case in json.load(sys.stdin):
    objective, options = OBJECTIVES[case["kind"]], case["options"]
    inputs = {name: np.array(values, np.float64) for name, values in case["inputs"].items()}
    results.append({"value": float(objective(inputs, options)), "gradients": gradients(objective, inputs, options)})
print(json.dumps(results))
