#!/usr/bin/env python3
"""Trains one small tokenizer of each well-known family with the Rust `tokenizers` library, configured as the originals.

usage: tokenizer_families.py OUT_FOLDER CHARSMAP [VOCABULARY_SIZE [FAMILY,…]] < text     writes OUT_FOLDER/<family>.json
CHARSMAP is a file with the bytes of SentencePiece's `nmt_nfkc` table, which T5 and XLM-R have inside.
"""

import base64
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


def o200k(lines, size):
    upper, lower = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
    tail = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    start = r"[^\r\n\p{L}\p{N}]?+"
    words = [f"{start}{upper}*{lower}+{tail}", f"{start}{upper}+{lower}*{tail}", r"\p{N}{1,3}"]
    rest = [r" ?[^\s\p{L}\p{N}]++[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"]
    return byte_level(lines, size, split_then_bytes("|".join(words + rest)))


def deepseek(lines, size):
    isolated = [r"[\r\n]", r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯ]+", r"\s?[!-/:-~！-／：-～‘-‟　-。]+", r"\s+$", r"[一-龥ࠀ-一가-\ud7ff]+"]
    steps = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in isolated]
    steps += [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False, use_regex=False)]
    return byte_level(lines, size, pre_tokenizers.Sequence(steps))


def byte_level(lines, size, pre_tokenizer):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizer
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(lines, byte_level_trainer(size, ["<|endoftext|>"]))
    return t


def clip(lines, size):
    t = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>", fuse_unk=False))
    t.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    pattern = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    t.decoder = decoders.BPEDecoder("</w>")
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<|startoftext|>", "<|endoftext|>"],
        end_of_word_suffix="</w>",
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    t.train_from_iterator(lines, trainer)
    t.post_processor = processors.RobertaProcessing(
        ("<|endoftext|>", 1), ("<|startoftext|>", 0), trim_offsets=False, add_prefix_space=False
    )
    return t


def bert(lines, size):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False))
    t.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", t.token_to_id("[CLS]")), ("[SEP]", t.token_to_id("[SEP]"))]
    )
    t.decoder = decoders.WordPiece()
    return t


def wordpiece(lines, size):
    """WordPiece behind other parts than BERT's own."""
    t = bert(lines, size)
    t.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Strip(), normalizers.Nmt()]
    )
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.Digits()]
    )
    t.add_tokens([AddedToken("Plugin", single_word=True, normalized=True), AddedToken("É1", normalized=True)])
    t.add_tokens([AddedToken("the", single_word=True, normalized=False, rstrip=True)])
    return t


def unigram(lines, size, normalizer, pre_tokenizer, byte_fallback=False):
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizer
    t.pre_tokenizer = pre_tokenizer
    special = ["<pad>", "</s>", "<unk>"] + ([f"<0x{b:02X}>" for b in range(256)] if byte_fallback else [])
    trainer = trainers.UnigramTrainer(
        vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False, n_sub_iterations=1
    )
    # Characters of the first lines only, so that some are unknown.
    t.train_from_iterator(lines[: len(lines) // 4], trainer)
    t.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 1)])
    t.decoder = decoders.Metaspace()
    if byte_fallback:
        spec = without_bytes(json.loads(t.to_str()))
        spec["model"]["byte_fallback"] = True
        t = Tokenizer.from_str(json.dumps(spec))
        t.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return t


def without_bytes(spec):
    spec["added_tokens"] = [token for token in spec["added_tokens"] if not token["content"].startswith("<0x")]
    return spec


def precompiled():
    return normalizers.Precompiled(open(sys.argv[2], "rb").read())


def t5(lines, size):
    metaspace = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    t = unigram(lines, size, precompiled(), metaspace)
    t.add_special_tokens([f"<extra_id_{i}>" for i in range(100)])
    return t


def xlmr(lines, size):
    normalizer = normalizers.Sequence(
        [normalizers.Strip(), precompiled(), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Replace("``", '"')]
    )
    t = unigram(lines, size, normalizer, pre_tokenizers.Metaspace(prepend_scheme="first"), byte_fallback=True)
    t.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    return t


def albert(lines, size):
    normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), precompiled()])
    return unigram(lines, size, normalizer, pre_tokenizers.Metaspace())


def sentencepiece_bpe(lines, size):
    t = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False, limit_alphabet=300)
    t.train_from_iterator(lines, trainer)
    return Tokenizer.from_str(json.dumps(without_bytes(json.loads(t.to_str()))))


def llama2(lines, size):
    t = sentencepiece_bpe(lines, size)
    t.pre_tokenizer = None
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    t.decoder = decoders.Sequence(steps)
    return t


def mistral(lines, size):
    t = sentencepiece_bpe(lines, size)
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    t.decoder = decoders.Sequence([decoders.Metaspace(prepend_scheme="first"), decoders.ByteFallback(), decoders.Fuse()])
    spec = json.loads(t.to_str())
    # Without bytes an unknown character is unknown, and neighbours are one.
    spec["model"]["byte_fallback"] = False
    t = Tokenizer.from_str(json.dumps(spec))
    t.add_tokens([AddedToken("[INST]", normalized=False), AddedToken("[/INST]", normalized=False, rstrip=True)])
    return t


FAMILIES = [
    gpt2, llama3, qwen2, roberta, o200k, deepseek, clip, bert, wordpiece, t5, xlmr, albert, llama2, mistral
]


def main():
    folder, size = sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    wanted = sys.argv[4].split(",") if len(sys.argv) > 4 else [family.__name__ for family in FAMILIES]
    lines = sys.stdin.read().splitlines(keepends=True)
    for family in FAMILIES:
        if family.__name__ in wanted:
            family(lines, size).save(f"{folder}/{family.__name__}.json")


if __name__ == "__main__":
    main()
