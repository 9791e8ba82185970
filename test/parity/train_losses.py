"""Trains with mlx-lm and prints the losses in full precision, one JSON line per run.

stdin: one {"name", "args": [command line of mlx_lm.lora], "config": {keys of its YAML file}?} a line.
All runs share one process, as starting Python costs more than training a tiny model.
"""
import contextlib
import json
import os
import sys
import tempfile

import mlx_lm.lora as lora
import yaml

real = sys.stdout


class Recorder:
    """What mlx-lm reports, as it was computed."""

    def __init__(self):
        self.train, self.val = [], []

    def on_train_loss_report(self, report):
        keys = ("iteration", "train_loss", "learning_rate", "trained_tokens")
        self.train.append([report[key] for key in keys])

    def on_val_loss_report(self, report):
        self.val.append([report["iteration"], report["val_loss"]])


def run(spec):
    recorder = Recorder()
    lora.get_reporting_callbacks = lambda *args, **kwargs: recorder
    tests = []
    evaluate = lora.evaluate
    lora.evaluate = lambda *args, **kwargs: tests.append(evaluate(*args, **kwargs)) or tests[-1]
    arguments = list(spec["args"])
    with tempfile.TemporaryDirectory() as folder:
        if "config" in spec:
            path = os.path.join(folder, "config.yaml")
            with open(path, "w") as file:
                yaml.safe_dump(spec["config"], file)
            arguments += ["--config", path]
        sys.argv = ["mlx_lm.lora", *arguments]
        with contextlib.redirect_stdout(sys.stderr):
            lora.main()
    lora.evaluate = evaluate
    return {"name": spec["name"], "train": recorder.train, "val": recorder.val, "test": tests}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), file=real, flush=True)
