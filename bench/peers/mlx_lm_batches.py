"""mlx-lm's loader over one epoch: argv is a model's folder, a folder of rows and a batch size; prints one JSON object."""
import contextlib
import json
import resource
import sys
import time
import types
from pathlib import Path

import numpy as np
from mlx_lm.tuner.datasets import CacheDataset, load_local_dataset
from mlx_lm.tuner.trainer import iterate_batches
from mlx_lm.utils import load_tokenizer

model, folder, batch_size = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
tokenizer = load_tokenizer(model)
with contextlib.redirect_stdout(sys.stderr):
    start = time.process_time()
    train, _, _ = load_local_dataset(folder, tokenizer, types.SimpleNamespace(mask_prompt=False))
    opened = time.process_time()
    np.random.seed(0)
    cells = tokens = 0
    for batch, pairs in iterate_batches(CacheDataset(train), batch_size, 2048):
        cells += batch.shape[0] * (batch.shape[1] - 1)
        tokens += int(np.array(pairs)[:, 1].sum()) - batch.shape[0]
    end = time.process_time()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"open": opened - start, "epoch": end - opened, "cells": cells, "tokens": tokens, "peak": peak}))
