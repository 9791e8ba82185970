#!/usr/bin/env python3
"""How fast other libraries write token ids that are in memory: MB of u16 ids per second of CPU time, best of two.

usage: shard_write.py MILLION_TOKENS FOLDER
Runs those that are installed: safetensors and NumPy (rows of 2,048 with segments), datatrove's TokenizedFile and
Mosaic's MDSWriter (documents of 600 tokens). Environments: .venv, .venv-peers, .venv-stream.
"""

import importlib.util
import shutil
import sys
import time
from pathlib import Path

import numpy as np

tokens = int(float(sys.argv[1]) * 1e6)
root = Path(sys.argv[2])
ids = np.random.default_rng(1).integers(0, 50_000, tokens, dtype=np.uint16)
documents = [ids[i : i + 600] for i in range(0, tokens, 600)]
rows = ids[: tokens // 2048 * 2048].reshape(-1, 2048)
segments = np.ones(rows.shape, np.uint16)


def has(module):
    return importlib.util.find_spec(module) is not None


def report(name, write):
    best = float("inf")
    for turn in range(2):
        start = time.process_time()
        write(root / f"peer-{turn}")
        best = min(best, time.process_time() - start)
    print(f"{name:28}{ids.nbytes / 1e6 / best:8.0f}", flush=True)


def datatrove(path):
    from datatrove.pipeline.tokens.tokenizer import TokenizedFile

    file = TokenizedFile(str(path), "x.ds", token_size=2)
    for document in lists:
        file.write(document, None)
    file.close()


def mds(path):
    from streaming import MDSWriter

    shutil.rmtree(path, ignore_errors=True)
    with MDSWriter(columns={"tokens": "ndarray:uint16"}, out=str(path)) as out:
        for document in documents:
            out.write({"tokens": document})


if has("safetensors"):
    from safetensors.numpy import save_file

    report("safetensors.save_file", lambda p: save_file({"input_ids": rows, "segment_ids": segments}, f"{p}.safetensors"))
report("numpy.savez", lambda p: np.savez(f"{p}.npz", input_ids=rows, segment_ids=segments))
if has("datatrove"):
    lists = [document.tolist() for document in documents]
    report("datatrove TokenizedFile", datatrove)
if has("streaming"):
    report("mosaicml-streaming MDSWriter", mds)
