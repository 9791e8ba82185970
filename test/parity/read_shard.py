#!/usr/bin/env python3
"""Reads shards with the libraries of their formats.

usage: read_shard.py FILE...
Prints a line per file: {"metadata": {...}, "tensors": {name: {"dtype", "shape", "values": flat, as texts}}}; a list
column of Arrow is given as its flat values, and its offsets as "<name>.offsets".
"""

import io
import json
import sys

import numpy as np
import pyarrow

from peer_end import end


def contents(path):
    for suffix, codec in ((".zst", "zstd"), (".lz4", "lz4"), (".gz", "gzip")):
        if path.endswith(suffix):
            with pyarrow.input_stream(path, compression=codec) as stream:
                return stream.read(), path.removesuffix(suffix)
    with open(path, "rb") as file:
        return file.read(), path


def safetensors(data):
    from safetensors.numpy import load

    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length])["__metadata__"], load(data)


def npz(data):
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files if name != "metadata.json"}
        return json.loads(archive["metadata.json"]), arrays


def arrow(data):
    table = pyarrow.ipc.open_file(io.BytesIO(data)).read_all()
    table.validate(full=True)
    # The same bytes are a stream after the magic.
    assert pyarrow.ipc.open_stream(io.BytesIO(data[8:])).read_all().equals(table)
    arrays = {}
    for name in table.column_names:
        (chunk,) = table[name].chunks
        if pyarrow.types.is_fixed_size_list(chunk.type):
            arrays[name] = chunk.flatten().to_numpy().reshape(len(chunk), chunk.type.list_size)
        elif pyarrow.types.is_list(chunk.type):
            arrays[name] = chunk.values.to_numpy()
            arrays[name + ".offsets"] = chunk.offsets.to_numpy()
        else:
            arrays[name] = chunk.to_numpy()
    return {k.decode(): v.decode() for k, v in table.schema.metadata.items()}, arrays


readers = {".safetensors": safetensors, ".npz": npz, ".arrow": arrow}

for path in sys.argv[1:]:
    data, name = contents(path)
    metadata, arrays = next(read for end, read in readers.items() if name.endswith(end))(data)
    tensors = {
        name: {"dtype": str(a.dtype), "shape": a.shape, "values": [str(x) for x in a.ravel().tolist()]}
        for name, a in sorted(arrays.items())
    }
    print(json.dumps({"metadata": metadata, "tensors": tensors}))

end()
