#!/usr/bin/env python3
"""Independent reference for all-MiniLM-L6-v2: float64 NumPy BERT, HF's Rust tokenizers.

usage: minilm_reference.py MODEL_DIR < texts.jsonl > vectors.jsonl
Each input line is a JSON string; each output line a JSON list of 384 floats (mean pooled, L2-normalised).
Needs: pip install numpy safetensors tokenizers. Truncates at 256 word pieces as sentence_bert_config.json says.
"""
import json, sys, math, os
# Threads of small products wait for each other, on a busy machine for minutes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

d = sys.argv[1]
W = {k: v.astype(np.float64) for k, v in load_file(f"{d}/model.safetensors").items() if v.dtype.kind == "f"}
cfg = json.load(open(f"{d}/config.json"))
maxlen = json.load(open(f"{d}/sentence_bert_config.json"))["max_seq_length"]
tok = Tokenizer.from_file(f"{d}/tokenizer.json"); tok.no_padding(); tok.enable_truncation(maxlen)
H, L, eps = cfg["num_attention_heads"], cfg["num_hidden_layers"], cfg["layer_norm_eps"]
erf = np.vectorize(math.erf)
def ln(x, p): 
    m = x.mean(-1, keepdims=True); v = ((x - m) ** 2).mean(-1, keepdims=True)
    return (x - m) / np.sqrt(v + eps) * W[p + ".weight"] + W[p + ".bias"]
def lin(x, p): return x @ W[p + ".weight"].T + W[p + ".bias"]
def embed(text):
    ids = np.array(tok.encode(text).ids); n = len(ids)
    e = "embeddings."
    x = ln(W[e + "word_embeddings.weight"][ids] + W[e + "position_embeddings.weight"][:n] + W[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
    for i in range(L):
        p = f"encoder.layer.{i}."
        q, k, v = (lin(x, p + f"attention.self.{s}").reshape(n, H, -1).transpose(1, 0, 2) for s in ("query", "key", "value"))
        a = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1]); a = np.exp(a - a.max(-1, keepdims=True)); a /= a.sum(-1, keepdims=True)
        x = ln(x + lin((a @ v).transpose(1, 0, 2).reshape(n, -1), p + "attention.output.dense"), p + "attention.output.LayerNorm")
        h = lin(x, p + "intermediate.dense"); h = h * 0.5 * (1 + erf(h / math.sqrt(2)))
        x = ln(x + lin(h, p + "output.dense"), p + "output.LayerNorm")
    o = x.mean(0); return o / np.linalg.norm(o)
for line in sys.stdin:
    if line.strip(): print(json.dumps([round(float(z), 9) for z in embed(json.loads(line))]))
