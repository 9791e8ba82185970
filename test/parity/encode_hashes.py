#!/usr/bin/env python3
"""Hashes of the ids, and of their decoded text, that the Rust `tokenizers` library gives.

usage: encode_hashes.py tokenizer.json < texts.jsonl
For each line (a JSON string) one line: the number of ids, CRC-32 of the ids as little-endian u32, CRC-32 of the text.
"""

import json
import sys
import zlib

import numpy
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.no_padding()
tokenizer.no_truncation()
for line in sys.stdin:
    ids = tokenizer.encode(json.loads(line), add_special_tokens=False).ids
    text = tokenizer.decode(ids, skip_special_tokens=False)
    print(len(ids), zlib.crc32(numpy.array(ids, dtype="<u4").tobytes()), zlib.crc32(text.encode()))
