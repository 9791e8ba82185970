"""Gradients by Python MLX: one JSON object per line {"fn": Python expression of a function, "inputs": [lists]};
writes {"value": number, "gradients": [lists]}."""

import json
import sys

import mlx.core as mx

for line in sys.stdin:
    case = json.loads(line)
    inputs = [mx.array(values, dtype=mx.float32) for values in case["inputs"]]
    fn = eval(case["fn"], {"mx": mx})
    value, gradients = mx.value_and_grad(fn, argnums=list(range(len(inputs))))(*inputs)
    gradients = gradients if isinstance(gradients, (list, tuple)) else [gradients]
    print(json.dumps({"value": value.item(), "gradients": [g.tolist() for g in gradients]}))
