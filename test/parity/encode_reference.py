#!/usr/bin/env python3
"""Ids, offsets and decoded texts of the Rust `tokenizers` library.

usage: encode_reference.py tokenizer.json < texts.jsonl > encodings.jsonl
Each input line is a JSON string, each output line {"ids", "offsets": [start, end, …] in code points, "plain": ids without
the template, "text": all of it decoded, "skipped": decoded without special tokens}.
"""

import json
import sys

from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.no_padding()
tokenizer.no_truncation()
for line in sys.stdin:
    text = json.loads(line)
    encoding = tokenizer.encode(text)
    out = {
        "ids": encoding.ids,
        "offsets": [position for offset in encoding.offsets for position in offset],
        "plain": [id for id, added in zip(encoding.ids, encoding.special_tokens_mask) if not added],
        "text": tokenizer.decode(encoding.ids, skip_special_tokens=False),
        "skipped": tokenizer.decode(encoding.ids),
    }
    print(json.dumps(out))
