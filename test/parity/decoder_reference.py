"""Logits of mlx-lm's models. Reads one JSON object per line, writes one per line, in the same order.

A request has "model" (a folder), "ids" (rows of equal length), and perhaps "pieces" (lengths of the calls into which the
rows are cut, with a cache; without it there is one call and no cache), "kv_bits" and "kv_group_size" (a quantized cache),
"greedy" (how many tokens to go on by the largest logit) and "gradients" (true: of the mean of the squared logits, by each
weight). The answer has "shape" and "logits" (base64 of float32,
[rows, length, vocabulary]), "greedy" (ids of the first row) and "gradients" (base64 of float32 by name).
"""

import base64
import json
import sys
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten
from mlx_lm.models.cache import QuantizedKVCache, make_prompt_cache
from mlx_lm.utils import load_model

mx.set_default_device(mx.cpu)
multiply_chosen = mx.gather_mm


def gather_mm(a, b, **chosen):
    """On a CPU MLX ends the process for narrow floats here: they are widened, and the products rounded."""
    if a.dtype == mx.float32:
        return multiply_chosen(a, b, **chosen)
    return multiply_chosen(a.astype(mx.float32), b.astype(mx.float32), **chosen).astype(a.dtype)


mx.gather_mm = gather_mm


def new_cache(model, request):
    if "kv_bits" in request:
        size = request.get("kv_group_size", 64)
        return [QuantizedKVCache(group_size=size, bits=request["kv_bits"]) for _ in model.layers]
    return make_prompt_cache(model)


def logits_of(model, request):
    ids = mx.array(request["ids"])
    if "pieces" not in request:
        return model(ids)
    cache, start, parts = new_cache(model, request), 0, []
    for length in request["pieces"]:
        parts.append(model(ids[:, start : start + length], cache=cache))
        mx.eval(parts[-1])
        start += length
    return mx.concatenate(parts, axis=1)


def greedy(model, request):
    cache, tokens = new_cache(model, request), []
    last = mx.array(request["ids"][:1])
    for _ in range(request.get("greedy", 0)):
        token = mx.argmax(model(last, cache=cache)[:, -1, :], axis=-1)
        tokens.append(token.item())
        last = token[None]
    return tokens


def encoded(array):
    return base64.b64encode(np.ascontiguousarray(np.array(array.astype(mx.float32))).tobytes()).decode()


def gradients(model, request):
    if not request.get("gradients"):
        return {}
    ids = mx.array(request["ids"])
    value_and_grad = nn.value_and_grad(model, lambda m: mx.square(m(ids)).mean())
    return {name: encoded(gradient) for name, gradient in tree_flatten(value_and_grad(model)[1])}


def main():
    models = {}
    for line in sys.stdin:
        request = json.loads(line)
        folder = request["model"]
        if folder not in models:
            models[folder] = load_model(Path(folder))[0]
        model = models[folder]
        logits = logits_of(model, request)
        answer = {"shape": list(logits.shape), "logits": encoded(logits), "greedy": greedy(model, request)}
        print(json.dumps({**answer, "gradients": gradients(model, request)}), flush=True)


if __name__ == "__main__":
    main()
