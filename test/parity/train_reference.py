#!/usr/bin/env python3
"""Trains a tokenizer with the Rust `tokenizers` library on the same texts and settings.

usage: train_reference.py tokenizer.json VOCAB_SIZE MIN_FREQUENCY < texts.jsonl > trained.json
`tokenizer.json` is one that mdp trained: its normalizer, pre-tokenizer and special tokens are taken, its model is
replaced by a new one of the same kind. Each input line is a JSON string; the output is the trained tokenizer.json on
one line.
"""

import json
import sys

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

path, vocab_size, min_frequency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path) as file:
    made = json.load(file)
special = [token["content"] for token in made["added_tokens"]]
kind = made["model"]["type"]
# The library would cut these out of the texts, as a tokenizer that was never trained does not.
tokenizer = Tokenizer.from_str(json.dumps({**made, "added_tokens": []}))
settings = {"vocab_size": vocab_size, "special_tokens": special, "show_progress": False}
if kind == "BPE":
    tokenizer.model = models.BPE()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(min_frequency=min_frequency, initial_alphabet=alphabet, **settings)
elif kind == "WordPiece":
    tokenizer.model = models.WordPiece(unk_token=made["model"]["unk_token"])
    trainer = trainers.WordPieceTrainer(min_frequency=min_frequency, **settings)
else:
    tokenizer.model = models.Unigram()
    trainer = trainers.UnigramTrainer(unk_token="[UNK]", **settings)
tokenizer.train_from_iterator((json.loads(line) for line in sys.stdin), trainer)
print(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False))
