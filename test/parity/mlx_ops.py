"""Reference values for the operations of src/mlx: NumPy in float64 where it has the operation, and Python MLX.

Reads one JSON object per line: {"inputs": [...], "np": expression or null, "mx": expression or null}; an input has
"dtype", "shape" (of the array as the expression sees it), "base" (shape of the data), "data" (base64, float32 or int32
by "kind") and "layout". Writes one JSON object per line: {"np": result, "mx": result}; a result is a list of
{"shape", "dtype", "data": base64 of float64, complex numbers as pairs} or {"error": text}.
"""

import base64
import json
import math
import sys
import warnings

import mlx.core as mx
import numpy as np

warnings.filterwarnings("ignore")
np.seterr(all="ignore")

NUMPY_TYPES = {"bool": np.bool_, "bfloat16": np.float32, "complex64": np.complex64}


def erf(a):
    return np.vectorize(math.erf, otypes=[np.float64])(a)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def logsumexp(a, axis=None, keepdims=False):
    return np.log(np.sum(np.exp(a), axis=axis, keepdims=keepdims))


def softmax(a, axis=None):
    e = np.exp(a - np.max(a, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def layer_norm(x, weight, bias, eps):
    y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def rms_norm(x, weight, eps):
    y = x / np.sqrt(np.mean(x * x, -1, keepdims=True) + eps)
    return y if weight is None else y * weight


def attention(q, k, v, scale, mask=None):
    groups = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, groups, 1), np.repeat(v, groups, 1)
    scores = scale * np.einsum("bhqd,bhkd->bhqk", q, k)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == np.bool_ else scores + mask
    return softmax(scores, -1) @ v


def cross_entropy(logits, targets):
    picked = np.take_along_axis(logits, targets[..., None], -1)[..., 0]
    return logsumexp(logits, -1) - picked


HELPERS = {
    f.__name__: f for f in (erf, sigmoid, logsumexp, softmax, layer_norm, rms_norm, attention, cross_entropy)
}


def lay_out(base, shape, layout):
    """The array that the layout makes of the data; the same steps as `input()` in test/mlx/parity/case.ts."""
    if layout == "transposed":
        return base.T
    if layout == "stepped":
        return base[tuple([slice(None, None, 2)] * (base.ndim - 1) + [slice(None, None, -2)])]
    if layout == "broadcast":
        return np.broadcast_to(base, shape)
    return base


def read_input(spec):
    """The input for NumPy (16-bit floats and float32 widened to float64) and for MLX."""
    raw = np.frombuffer(base64.b64decode(spec["data"]), dtype=spec["kind"]).reshape(spec["base"])
    name = spec["dtype"]
    laid_out = np.ascontiguousarray(lay_out(raw, spec["shape"], spec["layout"])).reshape(spec["shape"])
    as_mlx = mx.array(laid_out).astype(getattr(mx, "bool_" if name == "bool" else name))
    if name in ("float16", "bfloat16", "float32"):
        return np.array(as_mlx.astype(mx.float32)).astype(np.float64), as_mlx
    return laid_out.astype(NUMPY_TYPES.get(name, name)), as_mlx


def pack(value):
    if isinstance(value, (list, tuple)):
        return [part for item in value for part in pack(item)]
    if isinstance(value, mx.array):
        dtype = str(value.dtype).removeprefix("mlx.core.").removesuffix("_")
        value = np.array(value.astype(mx.float32) if dtype in ("bfloat16", "float16") else value)
    else:
        value = np.asarray(value)
        dtype = str(value.dtype)
    shape = list(value.shape)
    if np.iscomplexobj(value):
        value = np.stack([value.real, value.imag], -1)
    data = np.ascontiguousarray(value).astype(np.float64)
    return [{"shape": shape, "dtype": dtype, "data": base64.b64encode(data.tobytes()).decode()}]


def evaluate(expression, library, inputs):
    if expression is None:
        return None
    scope = {"np": np, "mx": mx, "xp": library, **HELPERS, **dict(zip("abcdef", inputs))}
    try:
        return pack(eval(expression, scope))
    except Exception as error:  # The test shows it beside the case.
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    for line in sys.stdin:
        case = json.loads(line)
        pairs = [read_input(spec) for spec in case["inputs"]]
        reference = evaluate(case["np"], np, [pair[0] for pair in pairs])
        peer = evaluate(case["mx"], mx, [pair[1] for pair in pairs])
        print(json.dumps({"np": reference, "mx": peer}))


main()
