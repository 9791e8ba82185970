"""Speed of a release of the Rust `tokenizers` library, one thread.

usage: encode.py PASSES tokenizer.json… < texts.jsonl
One JSON line per tokenizer: version, megabytes (UTF-8) per second of CPU time in the best pass, ids, CRC-32 of all ids;
or version and error. Environments: .venv, and .venv-tok1 for the next release.
"""

import array
import json
import os
import sys
import time
import zlib

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import tokenizers

passes, files = int(sys.argv[1]), sys.argv[2:]
texts = [json.loads(line) for line in sys.stdin]
size = sum(len(text.encode()) for text in texts)


def measured(file: str) -> dict:
    tokenizer = tokenizers.Tokenizer.from_file(file)
    best = float("inf")
    for _ in range(passes):
        started = time.process_time()
        encodings = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
        best = min(best, time.process_time() - started)
    hashed, count = 0, 0
    for encoding in encodings:
        ids = array.array("I", encoding.ids)
        count += len(ids)
        hashed = zlib.crc32(ids.tobytes(), hashed)
    return {"mbPerSecond": size / best / 1e6, "ids": count, "crc": hashed}


for file in files:
    try:
        result = measured(file)
    except Exception as error:  # A release may lack a part that a family needs.
        result = {"error": str(error)[:200]}
    print(json.dumps({"version": tokenizers.__version__, **result}))
