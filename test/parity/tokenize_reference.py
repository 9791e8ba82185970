#!/usr/bin/env python3
"""Ids, offsets and special-token masks of the Rust `tokenizers` library.

usage: tokenize_reference.py tokenizer.json [MAX_TOKENS] < texts.jsonl > encodings.jsonl
Each input line is a JSON string, each output line {"ids", "offsets": [start, end, …] in code points, "special"}.
"""

import json
import sys

from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.no_padding()
tokenizer.no_truncation()
if len(sys.argv) > 2:
    tokenizer.enable_truncation(int(sys.argv[2]))
for line in sys.stdin:
    encoding = tokenizer.encode(json.loads(line))
    flat = [position for offset in encoding.offsets for position in offset]
    print(json.dumps({"ids": encoding.ids, "offsets": flat, "special": encoding.special_tokens_mask}))
