"""mlx-lm's tools for whole models. One JSON object per line, one answer per line in the same order:

{"op": "convert", "model", "out", "arguments"} writes what mlx_lm.convert makes; answers {}
{"op": "fuse", "model", "adapter", "out", "dequantize"} writes what mlx_lm.fuse makes; answers {}
{"op": "load", "model", "ids"} loads with weights that must fit; answers {"logits": base64 of float32, "text"}
where "text" is the ids as the folder's tokenizer decodes them
"""

import base64
import contextlib
import io
import json
import sys
from unittest import mock

import mlx.core as mx
import numpy as np
from mlx_lm import convert, fuse, load

mx.set_default_device(mx.cpu)


def converted(case):
    convert(case["model"], mlx_path=case["out"], **case["arguments"])
    return {}


def fused(case):
    arguments = ["fuse", "--model", case["model"], "--adapter-path", case["adapter"], "--save-path", case["out"]]
    with mock.patch.object(sys, "argv", arguments + (["--dequantize"] if case["dequantize"] else [])):
        fuse.main()
    return {}


def loaded(case):
    model, tokenizer = load(case["model"])
    logits = np.array(model(mx.array([case["ids"]])).astype(mx.float32))
    return {"logits": base64.b64encode(logits.tobytes()).decode(), "text": tokenizer.decode(case["ids"])}


OPERATIONS = {"convert": converted, "fuse": fused, "load": loaded}


def main():
    for line in sys.stdin:
        case = json.loads(line)
        with contextlib.redirect_stdout(io.StringIO()):
            answer = OPERATIONS[case["op"]](case)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
