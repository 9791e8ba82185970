#!/usr/bin/env python3
"""Ids, offsets and decoded texts of the Rust `tokenizers` library.

usage: encode_reference.py tokenizer.json… < texts.jsonl > encodings.jsonl
Each input line is a JSON string, each output line {"ids", "offsets": [start, end, …] in code points, "plain": ids without
the template, "text": all of it decoded, "skipped": decoded without special tokens}; first all lines by the first tokenizer.
"""

import json
import sys

from tokenizers import Tokenizer

texts = [json.loads(line) for line in sys.stdin]
for path in sys.argv[1:]:
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    for text in texts:
        encoding = tokenizer.encode(text)
        out = {
            "ids": encoding.ids,
            "offsets": [position for offset in encoding.offsets for position in offset],
            "plain": [id for id, added in zip(encoding.ids, encoding.special_tokens_mask) if not added],
            "text": tokenizer.decode(encoding.ids, skip_special_tokens=False),
            "skipped": tokenizer.decode(encoding.ids),
        }
        print(json.dumps(out))
