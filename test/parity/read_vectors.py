#!/usr/bin/env python3
"""Reads a vector file with its format's own library.

usage: read_vectors.py FILE.npy|.safetensors|.arrow
Prints {"shape", "dtype", "values": flat, "ids"}; ids only for formats that keep them.
"""

import json
import sys

import numpy as np

from peer_end import end

path = sys.argv[1]
ids = None
if path.endswith(".npy"):
    matrix = np.load(path)
elif path.endswith(".safetensors"):
    from safetensors.numpy import load_file

    (matrix,) = load_file(path).values()
else:
    import pyarrow

    table = pyarrow.ipc.open_file(path).read_all()
    table.validate(full=True)
    ids = table["id"].to_pylist()
    width = table.schema.field("vector").type.list_size
    matrix = np.array(table["vector"].to_pylist(), dtype=np.float32).reshape(-1, width)
    assert str(table.schema.field("vector").type.value_type) == "float"
print(json.dumps({"shape": matrix.shape, "dtype": str(matrix.dtype), "values": matrix.ravel().tolist(), "ids": ids}))
end()
