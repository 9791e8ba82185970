#!/usr/bin/env python3
"""Tiny embedding models of every architecture with random weights, and their vectors by sentence-transformers, in float64.

usage: golden_encoders.py MODELS_DIR > fixtures/golden/encoders.json
Writes MODELS_DIR/tiny-<model_type>-embedder/, for fixtures/models/: folders as sentence-transformers saves them, but
new with the configuration of its original checkpoints.
"""

import importlib.metadata
import json
import pathlib
import shutil
import string
import sys
import tempfile

import sentence_transformers
import tokenizers
import torch
import transformers
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

MODELS_DIR = pathlib.Path(sys.argv[1])
MAX_TOKENS = 48
PROMPTS = {"query": "what is ", "document": "the text: "}
WORDS = (
    "the a of to and in is it that for was on are as with his they at be this from have or by one had not but what all "
    "were when we there can an your which their said if do will each about how up out them then she many some so these "
    "would other into has more her two like him see time could no make than first been its who now people water little"
).split()
TEXTS = [
    "",
    "the water is cold",
    "What would you do if they said no?",
    "A pump, a valve; 42 people!",
    "ÅNGSTRÖM café 中文 👩",
    "the people were there " * 60,
    "little words " * 5,
    "one",
    "when we see them, they make all of it like the first time, and so do you about that",
]
SIZES = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=64)


def wordpiece(special=("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")):
    """Whole words, letters and their continuations, as BERT has them."""
    characters = string.ascii_lowercase + string.digits
    pieces = [*special, *sorted(set(WORDS)), *characters, *".,;!?:"]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces + ["##" + c for c in characters]))}
    return vocab


def bert_tokenizer():
    return tokenizers.BertWordPieceTokenizer(wordpiece())._tokenizer, "[PAD]"


def mpnet_tokenizer():
    vocab = wordpiece(("<s>", "<pad>", "</s>", "<unk>", "[UNK]", "<mask>"))
    tokenizer = tokenizers.Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<mask>"])
    return tokenizer, "<pad>"


def byte_pairs(special, post_processor):
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS + WORDS, trainer)
    tokenizer.post_processor = post_processor(tokenizer)
    return tokenizer


def roberta_tokenizer():
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    return byte_pairs(special, lambda _: processors.RobertaProcessing(("</s>", 2), ("<s>", 0))), "<pad>"


def modernbert_tokenizer():
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    template = lambda _: processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return byte_pairs(special, template), "[PAD]"


def qwen_tokenizer():
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    template = lambda _: processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single="$A <|endoftext|>", pair="$A $B:1 <|endoftext|>:1", special_tokens=[("<|endoftext|>", 0)]
            ),
        ]
    )
    return byte_pairs(special, template), "<|endoftext|>"


def xlm_tokenizer():
    """Unigram pieces of SentencePiece's kind, as XLM-RoBERTa has them."""
    tokenizer = tokenizers.Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS + WORDS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer, "<pad>"


def gemma_tokenizer():
    """BPE over characters with bytes for the rest, as Gemma has it."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    merged = byte_free_merges()
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(special + [f"<0x{b:02X}>" for b in range(256)] + merged[0]))}
    tokenizer = tokenizers.Tokenizer(models.BPE(vocab, merged[1], unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", pair="<bos> $A <eos> <bos>:1 $B:1 <eos>:1", special_tokens=[("<bos>", 2), ("<eos>", 1)]
    )
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(special)
    return tokenizer, "<pad>"


def byte_free_merges():
    base = tokenizers.Tokenizer(models.BPE())
    base.normalizer = normalizers.Replace(" ", "▁")
    base.train_from_iterator(["▁" + word for word in WORDS] + WORDS, trainers.BpeTrainer(vocab_size=160, show_progress=False))
    model = json.loads(base.to_str())["model"]
    return sorted(model["vocab"], key=model["vocab"].get), [tuple(merge) for merge in model["merges"]]


DECODER = dict(SIZES, num_key_value_heads=2, head_dim=8)
PAD_1 = dict(pad_token_id=1, bos_token_id=0, eos_token_id=2)
# Per model type: tokenizer, model and configuration of transformers, and the modules after it.
MODELS = {
    "bert": (bert_tokenizer, "Bert", SIZES, ["mean", "normalize"]),
    "roberta": (roberta_tokenizer, "Roberta", dict(SIZES, type_vocab_size=1, **PAD_1), ["cls"]),
    "xlm-roberta": (xlm_tokenizer, "XLMRoberta", dict(SIZES, type_vocab_size=1, **PAD_1), ["mean", "normalize"]),
    "distilbert": (
        bert_tokenizer,
        "DistilBert",
        dict(dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=64),
        ["max", "tanh"],
    ),
    "mpnet": (mpnet_tokenizer, "MPNet", dict(SIZES, relative_attention_num_buckets=32), ["mean", "normalize"]),
    "modernbert": (
        modernbert_tokenizer,
        "ModernBert",
        dict(SIZES, num_hidden_layers=4, local_attention=8, pad_token_id=3),
        ["cls", "normalize"],
    ),
    "nomic_bert": (bert_tokenizer, "NomicBert", SIZES, ["mean"]),
    "new": (bert_tokenizer, "Gte", dict(SIZES, type_vocab_size=2, pad_token_id=0), ["cls"]),
    "qwen3": (
        qwen_tokenizer,
        "Qwen3",
        dict(DECODER, tie_word_embeddings=True, pad_token_id=0, eos_token_id=0, bos_token_id=0),
        ["lasttoken", "normalize"],
    ),
    "gemma3_text": (
        gemma_tokenizer,
        "Gemma3Text",
        dict(
            DECODER,
            num_hidden_layers=3,
            sliding_window=8,
            layer_types=["sliding_attention", "sliding_attention", "full_attention"],
            sliding_window_pattern=3,
            query_pre_attn_scalar=8,
            use_bidirectional_attention=True,
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=2,
        ),
        ["mean", "wide", "narrow", "normalize"],
    ),
}


def randomise(module):
    """Weights as float16 holds them, wide enough that the vectors differ from text to text."""
    for name, parameter in module.named_parameters():
        scale = 0.4 if "embed" in name else 0.25 if parameter.dim() > 1 else 0.2
        values = torch.randn_like(parameter) * scale
        if "norm" in name.lower() and name.endswith("weight") and "Gemma" not in type(module).__name__:
            values += 1
        parameter.copy_(values.half())


def module_of(kind, width):
    if kind == "normalize":
        return Normalize()
    if kind == "tanh":
        return Dense(width, 24)
    if kind == "wide":
        return Dense(width, 64, bias=False, activation_function=torch.nn.Identity())
    if kind == "narrow":
        return Dense(width, 32, bias=False, activation_function=torch.nn.Identity())
    return Pooling(width, kind)


def build(folder, kind):
    """Saves the model as sentence-transformers does."""
    make_tokenizer, name, sizes, after = MODELS[kind]
    torch.manual_seed(11)
    made, pad = make_tokenizer()
    config = getattr(transformers, f"{name}Config")(vocab_size=made.get_vocab_size(), **sizes)
    model = getattr(transformers, f"{name}Model")(config)
    randomise(model)
    with tempfile.TemporaryDirectory() as plain:
        model.half().save_pretrained(plain, **({"max_shard_size": "24KB"} if kind == "xlm-roberta" else {}))
        wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=made, pad_token=pad, model_max_length=MAX_TOKENS, **({"sep_token": "[SEP]"} if pad == "[PAD]" else {}))
        wrapped.save_pretrained(plain)
        modules, width = [Transformer(plain)], 32
        for part in after:
            modules.append(module_of(part, width))
            if part in ("tanh", "wide", "narrow"):
                randomise(modules[-1])
                width = modules[-1].out_features
        whole = sentence_transformers.SentenceTransformer(modules=modules, prompts=PROMPTS, device="cpu").half()
        whole.save(str(folder), create_model_card=False)
        if kind == "xlm-roberta":
            for path in folder.glob("model*.safetensors"):
                path.unlink()
            for path in pathlib.Path(plain).glob("model*"):
                shutil.copy(path, folder)


def in_original_words(folder, architecture="NewModel"):
    """GTE's own code calls the type `new` and has its rotary base at the top."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config.update(model_type="new", architectures=[architecture], rope_theta=rope["rope_theta"], rope_scaling=None)
    config.update(layer_norm_type="layer_norm", pack_qkv=True, position_embedding_type="rope")
    config.update(logn_attention_scale=False, logn_attention_clip1=False)
    path.write_text(json.dumps(config, indent=2) + "\n")


def rounded(rows):
    return [[round(x, 8) for x in row] for row in rows.tolist()]


def opened(folder):
    """In float64 from the start: what a model computes while it is read would be rounded to the file's float16."""
    return sentence_transformers.SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float64}).double()


def encode(model, texts, **options):
    return torch.tensor(model.encode(texts, batch_size=3, **options))


def poolings(folder):
    """Vectors of the BERT model by every pooling, and with the prompt left out of it."""
    base = opened(folder)
    found = {}
    for mode in Pooling.POOLING_MODES:
        for include in (True, False):
            modules = [base[0], Pooling(32, mode, include_prompt=include)]
            model = sentence_transformers.SentenceTransformer(modules=modules, prompts=PROMPTS, device="cpu").double()
            key = mode if include else f"{mode} without the prompt"
            found[key] = rounded(encode(model, TEXTS, prompt_name="query"))
    return found


def stretched(model, factor=4.0):
    """Vectors of GTE with its fixed NTK scaling, which transformers' own class does not have."""
    rope = model[0].model.rotary_emb
    dims = rope.inv_freq.numel() * 2
    base = model[0].model.config.rope_parameters["rope_theta"] * factor
    rope.inv_freq = 1.0 / base ** (torch.arange(0, dims, 2, dtype=torch.float64) / dims) / factor ** (2 / dims)
    return {"factor": factor, "documents": rounded(encode(model, TEXTS, prompt_name="document"))}


def golden_of(kind):
    folder = MODELS_DIR / f"tiny-{kind}-embedder"
    shutil.rmtree(folder, ignore_errors=True)
    build(folder, kind)
    model = opened(folder)
    rows = {
        "documents": rounded(encode(model, TEXTS, prompt_name="document")),
        "queries": rounded(encode(model, TEXTS[:4], prompt_name="query")),
    }
    if kind == "new":
        rows["stretched"] = stretched(model)
        in_original_words(folder)
    if kind == "bert":
        rows["poolings"] = poolings(folder)
    return rows


if __name__ == "__main__":
    with torch.no_grad():
        golden = {
            "script": "test/parity/golden_encoders.py",
            "versions": {
                name: importlib.metadata.version(name)
                for name in ("sentence-transformers", "tokenizers", "torch", "transformers")
            },
            "texts": TEXTS,
            "models": {kind: golden_of(kind) for kind in MODELS},
        }
    print(json.dumps(golden, ensure_ascii=False, indent=None))
