#!/usr/bin/env python3
"""Small SentencePiece models, and what the `sentencepiece` package makes of hard lines with them, as a golden file.

usage: bun test/tokenizers/nasty-corpus.ts | golden_sentencepiece.py > fixtures/golden/sentencepiece.json
Input: one text per line as a JSON string. The models, trained on fixtures/documents, are kept deflated, in base64.
"""

import base64
import io
import json
import pathlib
import sys
import zlib

import sentencepiece

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDS = {
    "unigram": {"model_type": "unigram", "normalization_rule_name": "nmt_nfkc"},
    "bpe with bytes": {
        "model_type": "bpe",
        "normalization_rule_name": "identity",
        "byte_fallback": True,
        "remove_extra_whitespaces": False,
        "split_digits": True,
        "user_defined_symbols": ["[INST]", "<mask>", "e "],
        "pad_id": 3,
    },
    "unigram with bytes": {
        "model_type": "unigram",
        "normalization_rule_name": "identity",
        "byte_fallback": True,
        "treat_whitespace_as_suffix": True,
        "user_defined_symbols": ["<mask>", "é1"],
    },
    "bpe across words": {
        "model_type": "bpe",
        "normalization_rule_name": "identity",
        "split_by_whitespace": False,
        "add_dummy_prefix": False,
    },
}


def train(options: dict) -> bytes:
    files = [path for path in sorted((ROOT / "fixtures/documents").rglob("*")) if path.suffix in (".md", ".rst")]
    lines = [line for path in files for line in path.read_text("utf-8").split("\n")]
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=out, vocab_size=700, minloglevel=2, **options
    )
    return out.getvalue()


def main() -> None:
    texts = [json.loads(line) for line in sys.stdin]
    models = []
    for name, options in KINDS.items():
        model = train(options)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        ids = [processor.encode(text) for text in texts]
        models.append(
            {
                "name": name,
                "deflated": base64.b64encode(zlib.compress(model, 9)).decode(),
                "ids": ids,
                "decoded": [processor.decode(each) for each in ids],
            }
        )
    golden = {
        "script": "test/parity/golden_sentencepiece.py",
        "versions": {"sentencepiece": sentencepiece.__version__},
        "texts": texts,
        "models": models,
    }
    print(json.dumps(golden, ensure_ascii=False))


if __name__ == "__main__":
    main()
