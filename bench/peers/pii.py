#!/usr/bin/env python3
"""datatrove's PIIFormatter (e-mail and public IP addresses only) and ftfy over the texts of a JSONL file.

usage: pii.py DOCUMENTS.jsonl SECONDS   (prints one JSON object: megabytes of UTF-8 per second of CPU time)
Environment: .venv-peers.
"""

import json
import sys
import time

import ftfy
from datatrove.pipeline.formatters import PIIFormatter

path, seconds = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    texts = [json.loads(line)["text"] for line in file]


def speed(work):
    total = changed = 0
    started = time.process_time()
    for text in texts:
        changed += work(text) != text
        total += len(text.encode("utf-8"))
        if time.process_time() - started > float(seconds):
            break
    return {"mbPerSecond": total / 1e6 / (time.process_time() - started), "changed": changed, "megabytes": total / 1e6}


formatter = PIIFormatter()
marks = PIIFormatter(email_replacement="[E]", ip_replacement="[I]")
found = {
    "email": sum(marks.format(text).count("[E]") - text.count("[E]") for text in texts),
    "ip": sum(marks.format(text).count("[I]") - text.count("[I]") for text in texts),
}
print(json.dumps({"datatrove": speed(formatter.format), "ftfy": speed(ftfy.fix_text), "found": found}))
