"""MLX's optimizers, schedules and clipping. One JSON object per line:

{"op": "update", "name", "options", "rates": a learning rate per step, "dtype", "parameters": {name: nested list},
 "gradients": a list of the same per step} writes {"parameters": {name: base64 of float32}}
{"op": "schedule", "setting": as mlx-lm's lr_schedule, "steps"} writes {"values"}
{"op": "clip", "gradients": {name: nested list}, "max"} writes {"gradients": {name: base64}, "norm"}
"""

import base64
import json
import sys

import mlx.core as mx
import mlx.optimizers as optimizers
import numpy as np
from mlx_lm.tuner.utils import build_schedule

mx.set_default_device(mx.cpu)

classes = {
    "adam": optimizers.Adam,
    "adamw": optimizers.AdamW,
    "muon": optimizers.Muon,
    "sgd": optimizers.SGD,
    "adafactor": optimizers.Adafactor,
    "lion": optimizers.Lion,
}


def arrays(values, dtype="float32"):
    return {name: mx.array(value, dtype=mx.float32).astype(getattr(mx, dtype)) for name, value in values.items()}


def encoded(values):
    return {
        name: base64.b64encode(np.array(value.astype(mx.float32)).tobytes()).decode() for name, value in values.items()
    }


def update(case):
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in case["options"].items()}
    optimizer = classes[case["name"]](learning_rate=case["rates"][0], **options)
    parameters = arrays(case["parameters"], case["dtype"])
    for rate, gradients in zip(case["rates"], case["gradients"]):
        optimizer.learning_rate = rate
        parameters = optimizer.apply_gradients(arrays(gradients, case["dtype"]), parameters)
        mx.eval(parameters, optimizer.state)
    return {"parameters": encoded(parameters)}


def schedule(case):
    value = build_schedule(case["setting"])
    numbers = [value(mx.array(step, mx.uint64)) for step in range(case["steps"])]
    return {"values": [number.item() if isinstance(number, mx.array) else number for number in numbers]}


def clip(case):
    gradients, norm = optimizers.clip_grad_norm(arrays(case["gradients"]), case["max"])
    return {"gradients": encoded(gradients), "norm": norm.item()}


operations = {"update": update, "schedule": schedule, "clip": clip}

for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps(operations[case["op"]](case)))
