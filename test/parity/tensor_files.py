"""Tensor files by their own libraries. Reads "FOLDER" from argv: loads ours.safetensors and ours.npy there, prints what
they hold as JSON, and writes theirs.safetensors and theirs.npy for us to read."""

import json
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

folder = sys.argv[1]
tensors = load_file(f"{folder}/ours.safetensors")
with safe_open(f"{folder}/ours.safetensors", "numpy") as opened:
    metadata = opened.metadata()
print(
    json.dumps(
        {
            "tensors": {
                name: {"dtype": str(a.dtype), "shape": list(a.shape), "values": a.astype(np.float64).ravel().tolist()}
                for name, a in sorted(tensors.items())
            },
            "metadata": metadata,
            "npy": np.load(f"{folder}/ours.npy").tolist(),
        }
    )
)
save_file(
    {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "half": np.array([1.5, -2], dtype=np.float16),
        "größe/%s%n": np.array(7, dtype=np.int64),
        "empty": np.zeros((0, 4), dtype=np.uint8),
    },
    f"{folder}/theirs.safetensors",
    {"note": "100% of it"},
)
np.save(f"{folder}/theirs.npy", np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3)))
