"""Batches of mlx-lm's own loader, one JSON line per case.

stdin, one case a line: {"model", "dir", "settings": {mask_prompt, …_feature}, "batch_size", "max_seq_length", "seed",
"rank", "world", "draws": [["train", batches] or ["valid", limit], …]}. Draws of train go on where the last one stopped;
each of valid is a new pass, as an evaluation makes it.
"""
import contextlib
import json
import sys
import types
from itertools import islice
from pathlib import Path

import numpy as np
from mlx_lm.tuner.datasets import CacheDataset, load_local_dataset
from mlx_lm.tuner.trainer import iterate_batches
from mlx_lm.utils import load_tokenizer

real = sys.stdout
tokenizers = {}


def shown(batch, pairs):
    batch, pairs = np.array(batch), np.array(pairs)
    steps = np.arange(1, batch.shape[1])
    targets = (steps >= pairs[:, 0:1]) & (steps <= pairs[:, 1:])
    return {"ids": batch.tolist(), "lengths": pairs[:, 1].tolist(), "targets": targets.astype(int).tolist()}


def run(case):
    if case["model"] not in tokenizers:
        tokenizers[case["model"]] = load_tokenizer(Path(case["model"]))
    config = types.SimpleNamespace(**case["settings"])
    train, valid, _ = load_local_dataset(Path(case["dir"]), tokenizers[case["model"]], config)
    group = types.SimpleNamespace(rank=lambda: case["rank"], size=lambda: case["world"])
    shared = {"batch_size": case["batch_size"], "max_seq_length": case["max_seq_length"], "comm_group": group}
    np.random.seed(case["seed"])
    training = iterate_batches(CacheDataset(train), loop=True, **shared)
    batches = []
    for split, count in case["draws"]:
        if split == "train":
            drawn = islice(training, count)
        else:
            every = iterate_batches(CacheDataset(valid), **shared)
            drawn = every if count < 0 else (batch for _, batch in zip(range(count), every))
        batches += [shown(*batch) for batch in drawn]
    return {"batches": batches}


for line in sys.stdin:
    with contextlib.redirect_stdout(sys.stderr):
        answer = run(json.loads(line))
    print(json.dumps(answer), file=real, flush=True)
