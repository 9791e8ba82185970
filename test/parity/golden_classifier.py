#!/usr/bin/env python3
"""Tiny sequence classifiers with random weights, and the scores that transformers gives with them, as a golden file.

usage: golden_classifier.py MODELS_DIR > fixtures/golden/classifiers.json
Writes MODELS_DIR/tiny-{bert,distilbert,roberta}-classifier/, for fixtures/models/.
"""

import importlib.metadata
import json
import pathlib
import string
import sys

import tokenizers
import torch
import transformers

MODELS_DIR = pathlib.Path(sys.argv[1])
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
]

SIZES = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=64)
DISTIL_SIZES = dict(dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=64)
JIGSAW = dict(enumerate(["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]))
MODELS = {
    "tiny-bert-classifier": (
        "wordpiece",
        transformers.BertForSequenceClassification,
        lambda size: transformers.BertConfig(
            vocab_size=size, id2label=JIGSAW, problem_type="multi_label_classification", **SIZES
        ),
    ),
    "tiny-distilbert-classifier": (
        "wordpiece",
        transformers.DistilBertForSequenceClassification,
        lambda size: transformers.DistilBertConfig(
            vocab_size=size, id2label={0: "non-toxic", 1: "toxic"}, **DISTIL_SIZES
        ),
    ),
    "tiny-roberta-classifier": (
        "bytes",
        transformers.RobertaForSequenceClassification,
        lambda size: transformers.RobertaConfig(
            vocab_size=size, pad_token_id=1, bos_token_id=0, eos_token_id=2, type_vocab_size=1, num_labels=1,
            problem_type="regression", **SIZES
        ),
    ),
}


def wordpiece():
    """Whole words, letters and their continuations, as BERT has them."""
    characters = string.ascii_lowercase + string.digits
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(WORDS)), *characters, *".,;!?"]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces + ["##" + c for c in characters]))}
    return tokenizers.BertWordPieceTokenizer(vocab)


def byte_pairs():
    """Byte-level BPE trained on the texts, as RoBERTa has it."""
    tokenizer = tokenizers.ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(TEXTS + WORDS, vocab_size=320, special_tokens=special, show_progress=False)
    tokenizer._tokenizer.post_processor = tokenizers.processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def randomise(model):
    """Weights as float16 holds them, wide enough that the scores differ from text to text."""
    for name, parameter in model.named_parameters():
        is_output = parameter.shape[0] == model.config.num_labels
        values = torch.randn_like(parameter) * (0.1 if is_output else 0.4)
        if "LayerNorm.weight" in name or "layer_norm.weight" in name:
            values += 1
        if is_output and model.config.problem_type == "regression" and parameter.dim() == 1:
            values += 2.5
        parameter.copy_(values.half())


def scores(model, ids):
    logits = model(input_ids=torch.tensor([ids])).logits[0]
    if model.config.problem_type == "regression":
        return (logits / 5).clamp(0, 1)
    return logits.sigmoid() if model.config.problem_type else logits.softmax(-1)


def make(name, kind, architecture, config):
    """Writes one model's folder; its labels, and the scores of every text in float64."""
    torch.manual_seed(7)
    folder = MODELS_DIR / name
    folder.mkdir(parents=True, exist_ok=True)
    made = byte_pairs() if kind == "bytes" else wordpiece()
    (folder / "tokenizer.json").write_text(made.to_str() + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 512}) + "\n")
    model = architecture(config(made.get_vocab_size())).eval()
    randomise(model)
    model.half().save_pretrained(folder)
    model.double()
    limit = model.config.max_position_embeddings - (2 if "roberta" in name else 0)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    encoded = [tokenizer(text, truncation=True, max_length=limit)["input_ids"] for text in TEXTS]
    labels = [model.config.id2label[index] for index in range(model.config.num_labels)]
    return {"labels": labels, "scores": [[round(x, 9) for x in scores(model, ids).tolist()] for ids in encoded]}


with torch.no_grad():
    golden = {
        "script": "test/parity/golden_classifier.py",
        "versions": {name: importlib.metadata.version(name) for name in ("tokenizers", "torch", "transformers")},
        "texts": TEXTS,
        "models": {name: make(name, *parts) for name, parts in MODELS.items()},
    }
print(json.dumps(golden, ensure_ascii=False, indent=1))
