#!/usr/bin/env python3
"""Reads the shards of bench/loader.ts as a Python user would; one pass per line of stdin, one JSON object per pass.

usage: loader.py safetensors|npy|npy-shuffled FOLDER ROWS_OF_A_BATCH
safetensors: each shard by `load_file`, batches as slices, copied once. npy: memory-mapped arrays, batches as slices,
copied once. npy-shuffled: the same, each batch stacked from rows in the order of one permutation of all rows.
"""

import json
import os
import sys
import time

import numpy as np
from safetensors.numpy import load_file

kind, folder, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
files = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".safetensors"))
arrays = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".npy"))


def batches():
    if kind == "safetensors":
        for path in files:
            ids = load_file(path)["input_ids"]
            for start in range(0, len(ids), rows):
                yield ids[start : start + rows]
        return
    maps = [np.load(path, mmap_mode="r") for path in arrays]
    if kind == "npy":
        for ids in maps:
            for start in range(0, len(ids), rows):
                yield ids[start : start + rows]
        return
    places = [(shard, row) for shard, ids in enumerate(maps) for row in range(len(ids))]
    order = np.random.default_rng(1).permutation(len(places))
    for start in range(0, len(order), rows):
        yield np.stack([maps[places[i][0]][places[i][1]] for i in order[start : start + rows]])


print("ready", flush=True)
for _ in sys.stdin:
    seconds, cpu = time.perf_counter(), time.process_time()
    target = None
    read = 0
    for batch in batches():
        if target is None:
            target = np.empty_like(batch)
        np.copyto(target[: len(batch)], batch)
        read += batch.nbytes
    print(
        json.dumps({"bytes": read, "seconds": time.perf_counter() - seconds, "cpu": time.process_time() - cpu}),
        flush=True,
    )
