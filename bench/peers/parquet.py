#!/usr/bin/env python3
"""The peers of bench/parquet.ts.

usage: parquet.py make MB FOLDER    writes one-group.parquet, groups.parquet, zstd.parquet and rows.jsonl
       parquet.py read FILE...      prints a JSON line {"name", "file", "characters", "cpu"} for each reader and file
"""

import json
import os
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 5_000


def tables(megabytes):
    """Rows of about 2 kB: words of a long-tailed vocabulary, an id, an address, a language, a score."""
    numbers = np.random.default_rng(1)
    letters = np.frombuffer(b"etaoinshrdlucmfwypvbgkjqxz", np.uint8)
    words = ["".join(map(chr, letters[(numbers.random(2 + i % 8) ** 2 * 26).astype(int)])) for i in range(20_000)]
    words = np.array(words)
    for first in range(0, megabytes * 1_000_000 // 2_100, ROWS):
        texts = [" ".join(words[(numbers.random(350) ** 3 * len(words)).astype(int)]) for _ in range(ROWS)]
        rows = range(first, first + ROWS)
        yield pa.table(
            {
                "id": [f"doc-{i}" for i in rows],
                "text": texts,
                "url": [f"https://example.org/{i}" for i in rows],
                "language": ["en"] * ROWS,
                "score": numbers.random(ROWS),
            }
        )


def make(megabytes, folder):
    table = pa.concat_tables(tables(megabytes))
    path = lambda name: os.path.join(folder, name)
    pq.write_table(table, path("one-group.parquet"), row_group_size=1 << 30)
    pq.write_table(table, path("groups.parquet"), row_group_size=1_000)
    pq.write_table(table, path("zstd.parquet"), row_group_size=1_000, compression="zstd")
    with open(path("rows.jsonl"), "w") as file:
        for batch in table.to_batches(ROWS):
            file.writelines(json.dumps(row) + "\n" for row in batch.to_pylist())


def by_pyarrow(path):
    for batch in pq.ParquetFile(path).iter_batches(batch_size=1_000):
        for row in batch.to_pylist():
            yield row["text"]


def by_datatrove(path):
    from datatrove.pipeline.readers import ParquetReader
    from loguru import logger

    logger.remove()
    folder, name = os.path.split(path)
    for document in ParquetReader(folder, glob_pattern=name).run():
        yield document.text


def read(paths):
    for path in paths:
        for name, reader in (("pyarrow", by_pyarrow), ("datatrove", by_datatrove)):
            try:
                started = time.process_time()
                characters = sum(len(text) for text in reader(path))
            except ImportError:
                continue
            cpu = time.process_time() - started
            print(json.dumps({"name": name, "file": os.path.basename(path), "characters": characters, "cpu": cpu}))


if sys.argv[1] == "make":
    make(int(sys.argv[2]), sys.argv[3])
else:
    read(sys.argv[2:])
