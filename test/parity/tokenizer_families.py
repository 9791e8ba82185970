#!/usr/bin/env python3
"""Trains one small tokenizer of each well-known family with the Rust `tokenizers` library, configured as the originals.

usage: tokenizer_families.py OUT_FOLDER [VOCABULARY_SIZE] < text          writes OUT_FOLDER/<family>.json
"""

import json
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace("{1,3}", "")


def byte_level_trainer(size, special):
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False)


def gpt2(lines, size):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    t.train_from_iterator(lines, byte_level_trainer(size, ["<|endoftext|>"]))
    return t


def split_then_bytes(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def llama3(lines, size):
    t = Tokenizer(models.BPE(ignore_merges=True))
    t.pre_tokenizer = split_then_bytes(LLAMA3)
    t.decoder = decoders.ByteLevel()
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"] + [f"<|reserved_{i}|>" for i in range(250)]
    t.train_from_iterator(lines, byte_level_trainer(size, special))
    begin = t.token_to_id("<|begin_of_text|>")
    template = processors.TemplateProcessing("<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", begin)])
    t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    # Some tokens of the original cannot be reached by merges: only `ignore_merges` finds them.
    spec = json.loads(t.to_str())
    spec["model"]["merges"] = spec["model"]["merges"][:-500]
    return Tokenizer.from_str(json.dumps(spec))


def qwen2(lines, size):
    t = Tokenizer(models.BPE())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = split_then_bytes(QWEN2)
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    t.train_from_iterator(lines, byte_level_trainer(size, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]))
    return t


def roberta(lines, size):
    t = gpt2(lines, size)
    t.add_special_tokens(["<s>", "</s>", AddedToken("<mask>", lstrip=True)])
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    t.post_processor = processors.RobertaProcessing(
        ("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")), trim_offsets=True, add_prefix_space=True
    )
    return t


FAMILIES = {"gpt2": gpt2, "llama3": llama3, "qwen2": qwen2, "roberta": roberta}


def main():
    folder, size = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    lines = sys.stdin.read().splitlines(keepends=True)
    for name, make in FAMILIES.items():
        make(lines, size).save(f"{folder}/{name}.json")


if __name__ == "__main__":
    main()
