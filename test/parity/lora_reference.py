"""mlx-lm's low-rank layers. One JSON object per line:

{"op": "init", "model", "seed", "spec", "out"} writes the trained arrays of a fresh adapter
{"op": "train", "model", "seed", "spec", "out"} writes an adapter's folder, with random numbers in place of zeros
{"op": "logits", "model", "adapter", "ids"} writes {"shape", "logits": base64 of float32}; "adapter" may be null
{"op": "dropout", "model", "adapter", "ids", "seed"} the same in training mode
{"op": "gradients", "model", "adapter", "ids", "out"} writes those of the mean squared logit by the adapter's arrays
{"op": "fuse", "model", "adapter", "dequantize", "out"} writes the fused weights
{"op": "load", "model", "adapter"} writes {"error": text or null}

"spec" is {"fine_tune_type", "num_layers", "lora_parameters"}.
"""

import base64
import json
import sys
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten, tree_unflatten
from mlx_lm.tuner.utils import linear_to_lora_layers, load_adapters
from mlx_lm.utils import load_model, save_config


def adapted(case):
    model, _ = load_model(Path(case["model"]))
    spec = case["spec"]
    mx.random.seed(case["seed"])
    model.freeze()
    if spec["fine_tune_type"] == "full":
        for layer in model.layers[-max(spec["num_layers"], 0) :]:
            layer.unfreeze()
    else:
        use_dora = spec["fine_tune_type"] == "dora"
        linear_to_lora_layers(model, spec["num_layers"], spec["lora_parameters"], use_dora)
    return model


def trained(model):
    return dict(tree_flatten(model.trainable_parameters()))


def loaded(case):
    model, _ = load_model(Path(case["model"]))
    if case.get("adapter"):
        load_adapters(model, case["adapter"])
    return model


def logits(case, training=False):
    model = loaded(case)
    model.train(training)
    if training:
        mx.random.seed(case["seed"])
    out = np.array(model(mx.array(case["ids"])).astype(mx.float32))
    return {"shape": out.shape, "logits": base64.b64encode(out.tobytes()).decode()}


def gradients(case):
    model = loaded(case)
    model.eval()
    names = list(mx.load(str(Path(case["adapter"]) / "adapters.safetensors")))
    model.freeze()
    for name in names:
        path, leaf = name.rsplit(".", 1)
        module = dict(model.named_modules())[path]
        module.unfreeze(keys=[leaf], recurse=False)
    loss = nn.value_and_grad(model, lambda ids: mx.mean(mx.square(model(ids))))
    mx.save_safetensors(case["out"], dict(tree_flatten(loss(mx.array(case["ids"]))[1])))
    return {}


def init(case):
    arrays = trained(adapted(case))
    mx.save_safetensors(case["out"], arrays)
    return {"names": list(arrays)}


def train(case):
    model = adapted(case)
    rng = np.random.default_rng(case["seed"])
    arrays = {
        name: array + mx.array(rng.standard_normal(array.shape).astype(np.float32) * 0.02).astype(array.dtype)
        for name, array in trained(model).items()
    }
    out = Path(case["out"])
    out.mkdir(parents=True)
    save_config(dict(case["spec"]), out / "adapter_config.json")
    mx.save_safetensors(str(out / "adapters.safetensors"), arrays)
    return {}


def fuse(case):
    model = loaded(case)
    fused = [(n, m.fuse(dequantize=case["dequantize"])) for n, m in model.named_modules() if hasattr(m, "fuse")]
    model.update_modules(tree_unflatten(fused))
    mx.save_safetensors(case["out"], dict(tree_flatten(model.parameters())))
    return {"names": [name for name, _ in fused]}


def load(case):
    try:
        loaded(case)
    except Exception as error:
        return {"error": str(error)}
    return {"error": None}


operations = {
    "init": init,
    "train": train,
    "logits": logits,
    "dropout": lambda case: logits(case, training=True),
    "gradients": gradients,
    "fuse": fuse,
    "load": load,
}

for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps(operations[case["op"]](case)))
