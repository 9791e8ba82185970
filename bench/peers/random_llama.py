"""Writes a llama with random weights: random_llama.py OUT tiny|100m|1g [tokenizer folder]. The tokenizer is copied."""

import json
import shutil
import sys
from pathlib import Path

import mlx.core as mx

# hidden, layers, heads, key heads, inner, vocabulary, type
SIZES = {
    "tiny": (64, 2, 4, 2, 128, 512, "float32"),
    "100m": (768, 12, 12, 4, 2048, 16384, "float32"),
    "1g": (1536, 16, 12, 4, 4096, 32000, "bfloat16"),
}
out, size = Path(sys.argv[1]), sys.argv[2]
hidden, layers, heads, key_heads, inner, vocabulary, dtype = SIZES[size]
head = hidden // heads
mx.random.seed(0)


def normal(*shape):
    return (mx.random.normal(shape) * 0.02).astype(getattr(mx, dtype))


weights = {
    "model.embed_tokens.weight": normal(vocabulary, hidden),
    "lm_head.weight": normal(vocabulary, hidden),
    "model.norm.weight": mx.ones(hidden).astype(getattr(mx, dtype)),
}
for i in range(layers):
    layer = f"model.layers.{i}."
    for name, rows, columns in [
        ("self_attn.q_proj", heads * head, hidden),
        ("self_attn.k_proj", key_heads * head, hidden),
        ("self_attn.v_proj", key_heads * head, hidden),
        ("self_attn.o_proj", hidden, heads * head),
        ("mlp.gate_proj", inner, hidden),
        ("mlp.up_proj", inner, hidden),
        ("mlp.down_proj", hidden, inner),
    ]:
        weights[f"{layer}{name}.weight"] = normal(rows, columns)
    for name in ("input_layernorm", "post_attention_layernorm"):
        weights[f"{layer}{name}.weight"] = mx.ones(hidden).astype(getattr(mx, dtype))
out.mkdir(parents=True, exist_ok=True)
mx.save_safetensors(str(out / "model.safetensors"), weights, metadata={"format": "mlx"})
config = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": hidden,
    "num_hidden_layers": layers,
    "num_attention_heads": heads,
    "num_key_value_heads": key_heads,
    "intermediate_size": inner,
    "vocab_size": vocabulary,
    "head_dim": head,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 16384,
    "tie_word_embeddings": False,
    "torch_dtype": dtype,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
(out / "config.json").write_text(json.dumps(config, indent=2))
if len(sys.argv) > 3:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(Path(sys.argv[3]) / name, out / name)
print(sum(w.size for w in weights.values()), "parameters,", sum(w.nbytes for w in weights.values()), "bytes")
