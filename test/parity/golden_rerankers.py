#!/usr/bin/env python3
"""Tiny rerankers with random weights, and their scores by sentence-transformers' CrossEncoder or, for Qwen 3, by its
model card's own steps in transformers, all in float64.

usage: golden_rerankers.py MODELS_DIR > fixtures/golden/rerankers.json
Writes MODELS_DIR/tiny-<model_type>-reranker/, for fixtures/models/. The tokenizers are those of golden_encoders.py.
"""

import importlib.metadata
import json
import shutil

import sentence_transformers
import torch
import transformers
from golden_encoders import DECODER, MAX_TOKENS, MODELS_DIR, PAD_1, SIZES, byte_pairs, in_original_words, randomise
from golden_encoders import bert_tokenizer, modernbert_tokenizer, mpnet_tokenizer, xlm_tokenizer
from tokenizers import processors

QUERIES = ["what is the water?", "how many people were there", "what would they do " * 3]
TEXTS = [
    "",
    "the water is cold",
    "A pump, a valve; 42 people!",
    "ÅNGSTRÖM café 中文",
    "the people were there " * 40,
    "when we see them, they make all of it like the first time",
]
IDENTITY = "torch.nn.modules.linear.Identity"
CLASSIFIERS = {
    "bert": (bert_tokenizer, "Bert", SIZES, {}),
    "xlm-roberta": (xlm_tokenizer, "XLMRoberta", dict(SIZES, type_vocab_size=1, **PAD_1), {"activation_fn": IDENTITY}),
    "mpnet": (mpnet_tokenizer, "MPNet", SIZES, {}),
    "modernbert": (
        modernbert_tokenizer,
        "ModernBert",
        dict(SIZES, local_attention=8, pad_token_id=3, cls_token_id=1, sep_token_id=2, bos_token_id=1, eos_token_id=2, classifier_pooling="mean"),
        {},
    ),
    "nomic_bert": (bert_tokenizer, "NomicBert", SIZES, {}),
    "new": (bert_tokenizer, "Gte", dict(SIZES, type_vocab_size=2, pad_token_id=0), {}),
    "distilbert": (
        bert_tokenizer,
        "DistilBert",
        dict(dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=64),
        {},
    ),
}
# Models that are told which of the two texts a token is of.
WITH_SEGMENTS = ("bert", "nomic_bert", "new")
INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"
BEFORE = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. "
    'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
)
AFTER = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


def rounded(rows):
    return [[round(float(x), 9) for x in row] for row in rows]


def save(folder, model, made, pad, limit, segments=False):
    shutil.rmtree(folder, ignore_errors=True)
    model.half().save_pretrained(folder)
    inputs = ["input_ids", *(["token_type_ids"] if segments else []), "attention_mask"]
    wrapped = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token=pad, model_max_length=limit, model_input_names=inputs
    )
    wrapped.save_pretrained(folder)


def classifier(kind):
    make_tokenizer, name, sizes, extra = CLASSIFIERS[kind]
    folder = MODELS_DIR / f"tiny-{kind}-reranker"
    torch.manual_seed(13)
    made, pad = make_tokenizer()
    config = getattr(transformers, f"{name}Config")(vocab_size=made.get_vocab_size(), num_labels=1, **sizes)
    if extra:
        config.sentence_transformers = extra
    model = getattr(transformers, f"{name}ForSequenceClassification")(config)
    randomise(model)
    save(folder, model, made, pad, MAX_TOKENS, segments=kind in WITH_SEGMENTS)
    encoder = sentence_transformers.CrossEncoder(str(folder), device="cpu", model_kwargs={"dtype": torch.float64})
    if kind == "new":
        in_original_words(folder, "NewForSequenceClassification")
    return rounded(encoder.predict([(query, text) for text in TEXTS], batch_size=4) for query in QUERIES)


def qwen():
    folder = MODELS_DIR / "tiny-qwen3-reranker"
    torch.manual_seed(13)
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "yes", "no"]
    made = byte_pairs(special, lambda _: processors.ByteLevel(trim_offsets=False))
    sizes = {**DECODER, "max_position_embeddings": 512}
    config = transformers.Qwen3Config(
        vocab_size=made.get_vocab_size(), tie_word_embeddings=True, pad_token_id=0, eos_token_id=2, bos_token_id=0, **sizes
    )
    model = transformers.Qwen3ForCausalLM(config)
    randomise(model)
    save(folder, model, made, "<|endoftext|>", 384)
    model = transformers.Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    yes, no = tokenizer.convert_tokens_to_ids("yes"), tokenizer.convert_tokens_to_ids("no")
    before = tokenizer.encode(BEFORE, add_special_tokens=False)
    after = tokenizer.encode(AFTER, add_special_tokens=False)

    def score(query, text):
        content = f"<Instruct>: {INSTRUCTION}\n<Query>: {query}\n<Document>: {text}"
        kept = tokenizer(content, truncation=True, max_length=384 - len(before) - len(after))["input_ids"]
        logits = model(input_ids=torch.tensor([before + kept + after])).logits[0, -1]
        return torch.stack([logits[no], logits[yes]]).softmax(-1)[1]

    return rounded([score(query, text) for text in TEXTS] for query in QUERIES)


if __name__ == "__main__":
    with torch.no_grad():
        golden = {
            "script": "test/parity/golden_rerankers.py",
            "versions": {
                name: importlib.metadata.version(name)
                for name in ("sentence-transformers", "tokenizers", "torch", "transformers")
            },
            "queries": QUERIES,
            "texts": TEXTS,
            "models": {**{kind: classifier(kind) for kind in CLASSIFIERS}, "qwen3": qwen()},
        }
    print(json.dumps(golden, ensure_ascii=False))
