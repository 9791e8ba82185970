"""Prompt caches of mlx-lm. Reads one JSON object per line, writes one per line, in the same order.

"model" is a folder, "file" a prompt cache. With "save" (ids of a prompt) the file is written, as mlx_lm.cache_prompt does
it, with caches of the kind in "rotating" (their size) or "kv_bits" (in groups of 32), else plain ones. Without it the
file is read, and {"tokens"} are "max_tokens" ids that go on from it and "prompt".
"""

import json
import sys
from pathlib import Path

import mlx.core as mx
from mlx_lm.generate import generate_step
from mlx_lm.models.cache import RotatingKVCache, load_prompt_cache, make_prompt_cache, save_prompt_cache
from mlx_lm.utils import load_model

mx.set_default_device(mx.cpu)
models = {}


def save(model, request):
    cache, quantization = make_prompt_cache(model), {}
    if "rotating" in request:
        cache = [RotatingKVCache(max_size=request["rotating"], keep=4) for _ in model.layers]
    if "kv_bits" in request:
        quantization = {"kv_bits": request["kv_bits"], "kv_group_size": 32, "quantized_kv_start": 0}
    for _ in generate_step(mx.array(request["save"]), model, max_tokens=0, prompt_cache=cache, **quantization):
        pass
    save_prompt_cache(request["file"], cache, {"model": request["model"], "tokenizer_config": "{}"})
    return {"tokens": []}


def load(model, request):
    cache, metadata = load_prompt_cache(request["file"], return_metadata=True)
    steps = generate_step(mx.array(request["prompt"]), model, max_tokens=request["max_tokens"], prompt_cache=cache)
    return {"tokens": [token for token, _ in steps], "model": metadata["model"], "kind": type(cache[0]).__name__}


for line in sys.stdin:
    given = json.loads(line)
    folder = given["model"]
    if folder not in models:
        models[folder] = load_model(Path(folder))[0]
    print(json.dumps((save if "save" in given else load)(models[folder], given)), flush=True)
