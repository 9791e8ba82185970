#!/usr/bin/env python3
"""Ids of conversations by transformers' apply_chat_template. Each input line is {"folder", "messages", "tools"}."""

import json
import sys

from transformers import AutoTokenizer

tokenizers = {}
for line in sys.stdin:
    case = json.loads(line)
    folder = case["folder"]
    if folder not in tokenizers:
        tokenizers[folder] = AutoTokenizer.from_pretrained(folder)
    ids = tokenizers[folder].apply_chat_template(
        case["messages"], tools=case["tools"], tokenize=True, return_dict=False
    )
    print(json.dumps(ids))
