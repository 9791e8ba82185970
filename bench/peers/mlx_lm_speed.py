"""What mlx-lm does in the time: mlx_lm_speed.py train <mlx_lm.lora arguments> | generate MODEL PROMPT_TOKENS TOKENS.

Prints one JSON object. Training: tokens per second of each report. Generation: prompt and decoding tokens per second.
"""

import json
import sys

import mlx.core as mx


def train():
    import mlx_lm.lora as lora

    reports = []

    class Callback:
        def on_train_loss_report(self, info):
            reports.append(info["tokens_per_second"])

        def on_val_loss_report(self, info):
            pass

    lora.get_reporting_callbacks = lambda *_, **__: Callback()
    sys.stdout, stdout = sys.stderr, sys.stdout
    lora.main()
    sys.stdout = stdout
    return {"tokensPerSecond": reports, "peakBytes": mx.get_peak_memory()}


def generate():
    from mlx_lm import load, stream_generate

    model, tokenizer = load(sys.argv[1])
    tokenizer._eos_token_ids = set()
    count = int(sys.argv[2])
    prompt = [3 + i % 400 for i in range(count)]
    last = None
    for last in stream_generate(model, tokenizer, prompt, max_tokens=int(sys.argv[3])):
        pass
    return {"promptTps": last.prompt_tps, "generationTps": last.generation_tps, "peakBytes": mx.get_peak_memory()}


mode = sys.argv.pop(1)
print(json.dumps({"train": train, "generate": generate}[mode]()))
