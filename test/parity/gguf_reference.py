"""GGUF files by the `gguf` package. Commands, one JSON object a line on stdin, one answer a line:
{"write": PATH, "metadata": {key: [kind, value]}, "tensors": {name: [type, shape, seed]}, "align": n}: values of a
normal distribution, quantized by the package; the answer holds what it dequantizes them to, as float32 in base64.
{"read": PATH}: metadata, tokens, and of each tensor its type, shape and dequantized values.
{"encode": MODEL, "texts": [...]}: ids of each text by transformers. {"mlx_lm": MODEL, "out": PATH}: mlx-lm's own export. {"load": PATH}: the tensors as MLX itself reads them.
"""

import base64
import json
import os
import sys

import gguf
import numpy as np
from gguf.quants import dequantize, quantize

os.environ["HF_HUB_OFFLINE"] = "1"

# Where a block's scales of 16 bits are.
SCALES = {"Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,)}


def packed(values):
    return base64.b64encode(np.ascontiguousarray(values, dtype=np.float32).tobytes()).decode()


def write(request):
    writer = gguf.GGUFWriter(request["write"], request.get("arch", "llama"))
    if "align" in request:
        writer.add_custom_alignment(request["align"])
    for key, (kind, value) in request.get("metadata", {}).items():
        if kind == "array":
            writer.add_array(key, value)
        else:
            getattr(writer, f"add_{kind}")(key, value)
    answer = {}
    for name, (kind, shape, seed) in request["tensors"].items():
        values = (np.random.default_rng(seed).standard_normal(shape) * 0.3).astype(np.float32)
        code = gguf.GGMLQuantizationType[kind]
        if kind in SCALES:
            # The package cannot make these: any bytes are blocks, with scales that are numbers.
            elements, size = gguf.GGML_QUANT_SIZES[code]
            shaped = (*shape[:-1], shape[-1] // elements, size)
            data = np.random.default_rng(seed).integers(0, 256, shaped, dtype=np.uint8)
            for place, scale in zip(SCALES[kind], (0.01, 0.0037)):
                data[..., place : place + 2] = np.frombuffer(np.float16(scale).tobytes(), dtype=np.uint8)
            data = data.reshape(*shape[:-1], -1)
        else:
            data = quantize(values, code)
        writer.add_tensor(name, data, raw_dtype=code)
        answer[name] = packed(dequantize(data, code))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return answer


def read(request):
    reader = gguf.GGUFReader(request["read"])
    fields = {name: field.contents() for name, field in reader.fields.items()}
    kinds = {name: [kind.name for kind in field.types] for name, field in reader.fields.items()}
    tensors = {
        t.name: {
            "type": t.tensor_type.name,
            "shape": [int(n) for n in reversed(t.shape)],
            "values": packed(dequantize(t.data, t.tensor_type)),
        }
        for t in reader.tensors
    }
    return {"metadata": fields, "kinds": kinds, "tensors": tensors, "alignment": int(reader.alignment)}


def mlx_lm(request):
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm.gguf import convert_to_gguf
    from mlx_lm.utils import load

    model, _, config = load(request["mlx_lm"], return_config=True)
    weights = dict(tree_flatten(model.parameters()))
    mx.eval(weights)
    convert_to_gguf(request["mlx_lm"], weights, config, request["out"])
    return read({"read": request["out"]})


def load_mlx(request):
    import mlx.core as mx

    tensors, metadata = mx.load(request["load"], return_metadata=True)
    return {name: packed(np.array(t.astype(mx.float32))) for name, t in tensors.items() if t.dtype != mx.uint32}


def encode(request):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(request["encode"])
    return [tokenizer.encode(text) for text in request["texts"]]


COMMANDS = {"write": write, "read": read, "mlx_lm": mlx_lm, "load": load_mlx, "encode": encode}

for line in sys.stdin:
    asked = json.loads(line)
    kind = next(k for k in COMMANDS if k in asked)
    saved, sys.stdout = sys.stdout, sys.stderr
    try:
        answer = COMMANDS[kind](asked)
    finally:
        sys.stdout = saved
    print(json.dumps(answer), flush=True)
