#!/usr/bin/env python3
"""BERT in Python MLX as a user would write it, as a peer of bench/embed.ts.

usage: embed_mlx.py MODEL_DIR TEXTS.json [BATCH_SIZE]
Answers each line on stdin with one line {"tokens", "seconds", "cpu"} for one pass over all texts.
Environment: .venv.
"""

import json
import sys
import time

import mlx.core as mx
import numpy as np
from tokenizers import Tokenizer

model_dir, texts_path = sys.argv[1:3]
batch_size = int(sys.argv[3]) if len(sys.argv) > 3 else 32
config = json.load(open(f"{model_dir}/config.json"))
limit = json.load(open(f"{model_dir}/sentence_bert_config.json"))["max_seq_length"]
W = mx.load(f"{model_dir}/model.safetensors")
HEADS, LAYERS, EPS = config["num_attention_heads"], config["num_hidden_layers"], config["layer_norm_eps"]
texts = json.load(open(texts_path))
tokenizer = Tokenizer.from_file(f"{model_dir}/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(limit)


def linear(x, name):
    return mx.addmm(W[f"{name}.bias"], x, W[f"{name}.weight"].T)


def norm(x, name):
    return mx.fast.layer_norm(x, W[f"{name}.weight"], W[f"{name}.bias"], EPS)


def gelu(x):
    return x * (1 + mx.erf(x / 2**0.5)) / 2


def forward(ids, mask):
    batch, length = ids.shape
    e = "embeddings."
    x = W[e + "word_embeddings.weight"][ids] + W[e + "position_embeddings.weight"][:length]
    x = norm(x + W[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
    hidden = ((mask - 1) * 1e9)[:, None, None, :]
    for i in range(LAYERS):
        p = f"encoder.layer.{i}."
        q, k, v = (
            linear(x, f"{p}attention.self.{s}").reshape(batch, length, HEADS, -1).transpose(0, 2, 1, 3)
            for s in ("query", "key", "value")
        )
        a = mx.fast.scaled_dot_product_attention(q, k, v, scale=q.shape[-1] ** -0.5, mask=hidden)
        a = a.transpose(0, 2, 1, 3).reshape(batch, length, -1)
        x = norm(x + linear(a, p + "attention.output.dense"), p + "attention.output.LayerNorm")
        x = norm(x + linear(gelu(linear(x, p + "intermediate.dense")), p + "output.dense"), p + "output.LayerNorm")
    pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return pooled / mx.linalg.norm(pooled, axis=-1, keepdims=True)


def encode(texts):
    encoded = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(texts)), key=lambda i: -len(encoded[i]))
    vectors = np.empty((len(texts), config["hidden_size"]), np.float32)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        length = len(encoded[rows[0]])
        ids, mask = np.zeros((len(rows), length), np.int32), np.zeros((len(rows), length), np.float32)
        for row, index in enumerate(rows):
            ids[row, : len(encoded[index])] = encoded[index]
            mask[row, : len(encoded[index])] = 1
        vectors[rows] = np.array(forward(mx.array(ids), mx.array(mask)))
    return vectors, sum(map(len, encoded))


encode(texts[:64])
print("ready", flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    _, tokens = encode(texts)
    result = {"tokens": tokens, "seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps(result), flush=True)
