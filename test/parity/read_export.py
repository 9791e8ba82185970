#!/usr/bin/env python3
"""Reads exported sets: Parquet with pyarrow, Megatron's files by what megatron/core/datasets/indexed_dataset.py writes.

usage: read_export.py FILE.parquet|PREFIX
Prints a JSON line: {"types": {...}, "rows": {...}} of Parquet, {"dtype": ..., "documents": [...]} of Megatron.
"""

import json
import struct
import sys

import numpy as np

from peer_end import end

# The codes of Megatron's DType.
DTYPES = {1: np.uint8, 2: np.int8, 3: np.int16, 4: np.int32, 5: np.int64, 6: np.float64, 7: np.float32, 8: np.uint16}


def megatron(prefix):
    with open(prefix + ".idx", "rb") as file:
        index = file.read()
    assert index[:9] == b"MMIDIDX\x00\x00"
    (version, code, sequences, documents) = struct.unpack("<QBQQ", index[9:34])
    assert version == 1
    lengths = np.frombuffer(index, np.int32, sequences, 34)
    pointers = np.frombuffer(index, np.int64, sequences, 34 + lengths.nbytes)
    starts = np.frombuffer(index, np.int64, documents, 34 + lengths.nbytes + pointers.nbytes)
    assert len(index) == 34 + lengths.nbytes + pointers.nbytes + starts.nbytes
    tokens = np.memmap(prefix + ".bin", mode="r", order="C")
    dtype = DTYPES[code]
    read = [np.frombuffer(tokens, dtype, n, p).tolist() for n, p in zip(lengths, pointers)]
    assert tokens.nbytes == lengths.sum() * np.dtype(dtype).itemsize
    joined = [sum(read[a:b], []) for a, b in zip(starts[:-1], starts[1:])]
    return {"dtype": np.dtype(dtype).name, "documents": joined}


def parquet(path):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    table.validate(full=True)
    rows = {name: [str(v) if isinstance(v, int) else v for v in table[name].to_pylist()] for name in table.column_names}
    return {"types": {f.name: str(f.type) for f in table.schema}, "rows": rows}


path = sys.argv[1]
print(json.dumps(parquet(path) if path.endswith(".parquet") else megatron(path)))
end()
