"""Perplexity by mlx-lm's own functions. One JSON object per line, one answer per line in the same order:

{"model", "adapter" or null, "rows": list of JSON rows, "num_samples", "sequence_length", "batch_size", "seed"}
answers {"perplexity", "error", "ids": the samples' tokens}
"""

import contextlib
import io
import json
import sys
from unittest import mock

import mlx.core as mx
import numpy as np
from mlx_lm import load, perplexity
from mlx_lm.tuner.datasets import create_dataset

mx.set_default_device(mx.cpu)


class Config:
    mask_prompt = False


def measured(case):
    model, tokenizer = load(case["model"], adapter_path=case["adapter"])
    dataset = create_dataset(case["rows"], tokenizer, Config())
    np.random.seed(case["seed"])
    # Only where the rows come from is replaced: mlx-lm takes them from the hub.
    with mock.patch.object(perplexity, "load_dataset", lambda *_: (dataset, None, None)):
        data = perplexity.load_data(tokenizer, "rows", case["num_samples"], case["sequence_length"])
    value, error = perplexity.eval_ppl(model, data, batch_size=case["batch_size"])
    return {"perplexity": value, "error": error, "ids": data.tolist()}


def main():
    for line in sys.stdin:
        with contextlib.redirect_stdout(io.StringIO()):
            answer = measured(json.loads(line))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
