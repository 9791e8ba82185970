"""Tokens and filtered log-probabilities of mlx-lm. Reads one JSON object per line, writes one per line, in that order.

A request with "model" and "prompt" (ids) gives {"tokens"}: those of generate_step, with "max_tokens", "seed" (set right
before), "sampler" (arguments of make_sampler), "processors" (arguments of make_logits_processors; "logit_bias" with
texts as keys), "rotating" (size of rotating caches that keep 4), and other arguments of generate_step in "step".
"draft" is the folder of a draft model, and "step" then has arguments of speculative_generate_step. With "fresh" the model
is loaded after the seed was set, as mlx_lm.generate does it, and with the adapter of the folder "adapter" where there is
one.

A request with "logits" (rows) gives {"logprobs"} (infinities as null): what the filters of make_sampler leave, in its
order, where "sampler" asks for them, or with "processors" and "recent" (ids) what these leave.
"""

import json
import sys
from pathlib import Path

import mlx.core as mx
from mlx_lm import sample_utils
from mlx_lm.generate import generate_step, speculative_generate_step
from mlx_lm.models.cache import RotatingKVCache
from mlx_lm.tuner.utils import load_adapters
from mlx_lm.utils import load_model

mx.set_default_device(mx.cpu)
models = {}


def model_of(folder):
    if folder not in models:
        models[folder] = load_model(Path(folder))[0]
    return models[folder]


def processors_of(request):
    options = dict(request.get("processors", {}))
    if "logit_bias" in options:
        options["logit_bias"] = {int(key): value for key, value in options["logit_bias"].items()}
    return sample_utils.make_logits_processors(**options)


def fresh_model(request):
    mx.random.seed(request["seed"])
    model = load_model(Path(request["model"]))[0]
    if "adapter" in request:
        model = load_adapters(model, request["adapter"])
    return model


def tokens_of(request):
    model = fresh_model(request) if "fresh" in request else model_of(request["model"])
    step = dict(request.get("step", {}))
    if "rotating" in request:
        size = request["rotating"]
        step["prompt_cache"] = [RotatingKVCache(max_size=size, keep=4) for _ in model.layers]
    if "fresh" not in request:
        mx.random.seed(request.get("seed", 0))
    options = {
        "max_tokens": request["max_tokens"],
        "sampler": sample_utils.make_sampler(**request.get("sampler", {})),
        "logits_processors": processors_of(request),
        **step,
    }
    prompt = mx.array(request["prompt"])
    if "draft" in request:
        steps = speculative_generate_step(prompt, model, model_of(request["draft"]), **options)
    else:
        steps = generate_step(prompt, model, **options)
    return {"tokens": [step[0] for step in steps]}


def filtered(logprobs, options):
    """make_sampler's filters, without the draw at its end: the sampler is caught in the act."""
    found = []
    draw = sample_utils.categorical_sampling
    sample_utils.categorical_sampling = lambda kept, temp: found.append(kept) or mx.array(0)
    try:
        sample_utils.make_sampler(**{"temp": 1.0, **options})(logprobs)
    finally:
        sample_utils.categorical_sampling = draw
    return found[0]


def logprobs_of(request):
    logits = mx.array(request["logits"])
    if "processors" in request:
        for processor in processors_of(request):
            logits = processor(mx.array(request["recent"]), logits)
        kept = logits
    else:
        mx.random.seed(request.get("seed", 0))
        kept = filtered(logits - mx.logsumexp(logits, axis=-1, keepdims=True), request["sampler"])
    infinite = mx.isinf(kept).tolist()
    rows = kept.tolist()
    return {"logprobs": [[None if gone else x for x, gone in zip(*pair)] for pair in zip(rows, infinite)]}


for line in sys.stdin:
    given = json.loads(line)
    print(json.dumps(tokens_of(given) if "model" in given else logprobs_of(given)), flush=True)
