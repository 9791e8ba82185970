"""Writes a tiny checkpoint with random weights: `make_tiny_models.py <model_type> <folder> [options as JSON]`.

The folder holds config.json, model.safetensors and a byte-level BPE tokenizer with a chat template, all of which mlx-lm
and transformers load. The options: "config" (keys that replace or extend those of the configuration), "dtype"
("float32", "float16", "bfloat16"), "parts" (how many files the weights are spread over) and "quantize" (arguments of
mlx_lm.convert such as {"q_bits": 4}), after which "dequantize" turns them into floats again. The same arguments give the same weights.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np

WIDTH, INNER, HEADS, KEY_HEADS, HEAD = 64, 128, 4, 2, 16

COMMON = {
    "hidden_size": WIDTH,
    "intermediate_size": INNER,
    "num_hidden_layers": 2,
    "num_attention_heads": HEADS,
    "num_key_value_heads": KEY_HEADS,
    "head_dim": HEAD,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
    "hidden_act": "silu",
    "torch_dtype": "float32",
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GEMMA = {"tie_word_embeddings": True, "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh"}

# The class name in transformers, and what differs from the keys above.
FAMILIES = {
    "llama": ("LlamaForCausalLM", {}),
    "mistral": ("MistralForCausalLM", {}),
    "smollm3": ("SmolLM3ForCausalLM", {"no_rope_layer_interval": 2}),
    "qwen2": ("Qwen2ForCausalLM", {}),
    "qwen3": ("Qwen3ForCausalLM", {}),
    "qwen3_moe": (
        "Qwen3MoeForCausalLM",
        {
            "num_experts": 4,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 64,
            "decoder_sparse_step": 1,
            "mlp_only_layers": [0],
            "norm_topk_prob": True,
        },
    ),
    "mixtral": ("MixtralForCausalLM", {"num_local_experts": 4, "num_experts_per_tok": 2}),
    "phi": ("PhiForCausalLM", {"partial_rotary_factor": 0.5, "layer_norm_eps": 1e-5, "hidden_act": "gelu_new"}),
    "phi3": ("Phi3ForCausalLM", {"rope_scaling": None, "original_max_position_embeddings": 512}),
    "gemma": ("GemmaForCausalLM", GEMMA),
    "gemma2": (
        "Gemma2ForCausalLM",
        {
            **GEMMA,
            "query_pre_attn_scalar": HEAD,
            "attn_logit_softcapping": 50.0,
            "final_logit_softcapping": 30.0,
            "sliding_window": 128,
        },
    ),
    "gemma3_text": (
        "Gemma3ForCausalLM",
        {
            **GEMMA,
            "query_pre_attn_scalar": HEAD,
            "sliding_window": 16,
            "sliding_window_pattern": 2,
            "rope_theta": 1000000.0,
            "rope_local_base_freq": 10000.0,
        },
    ),
}

CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_tokenizer(folder):
    """A byte-level BPE of at most 512 tokens; gives its size."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    corpus = [
        f"the quick brown fox number {i} jumps over lazy dog {i * 7 % 13} and then says hello world" for i in range(200)
    ]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=["<pad>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "model_max_length": 2048,
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))
    return tokenizer.get_vocab_size()


class Weights:
    """Random tensors by name, drawn in the order in which they are asked for."""

    def __init__(self):
        self.tensors = {}
        self.random = np.random.default_rng(0)

    def dense(self, name, out, into, bias=False):
        self.tensors[f"{name}.weight"] = self.normal(out, into)
        if bias:
            self.tensors[f"{name}.bias"] = self.normal(out)

    def norm(self, name, size, around, bias=False):
        self.tensors[f"{name}.weight"] = (around + self.normal(size)).astype(np.float32)
        if bias:
            self.tensors[f"{name}.bias"] = self.normal(size)

    def normal(self, *shape):
        return (self.random.standard_normal(shape) * 0.05).astype(np.float32)


def make_weights(c):
    kind, width, vocab = c["model_type"], c["hidden_size"], c["vocab_size"]
    around = 0.0 if kind.startswith("gemma") else 1.0
    weights = Weights()
    weights.dense("model.embed_tokens", vocab, width)
    for i in range(c["num_hidden_layers"]):
        layer = f"model.layers.{i}"
        attention(weights, c, f"{layer}.self_attn", around)
        feed_forward(weights, c, layer, i)
        norms = ["input_layernorm"] if kind == "phi" else ["input_layernorm", "post_attention_layernorm"]
        if kind in ("gemma2", "gemma3_text"):
            norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
        for name in norms:
            weights.norm(f"{layer}.{name}", width, around, bias=kind == "phi")
    weights.norm("model.final_layernorm" if kind == "phi" else "model.norm", width, around, bias=kind == "phi")
    if not c["tie_word_embeddings"]:
        weights.dense("lm_head", vocab, width, bias=kind == "phi")
    return weights.tensors


def attention(weights, c, at, around):
    kind, width, head = c["model_type"], c["hidden_size"], c["head_dim"]
    queries, keys = c["num_attention_heads"] * head, c["num_key_value_heads"] * head
    if kind == "phi3":
        weights.dense(f"{at}.qkv_proj", queries + 2 * keys, width)
    else:
        bias = kind in ("qwen2", "phi") or c.get("attention_bias", False)
        for name, out in (("q_proj", queries), ("k_proj", keys), ("v_proj", keys)):
            weights.dense(f"{at}.{name}", out, width, bias)
    output_bias = kind == "phi" or c.get("attention_bias", False)
    weights.dense(f"{at}.dense" if kind == "phi" else f"{at}.o_proj", width, queries, output_bias)
    if kind in ("qwen3", "qwen3_moe", "gemma3_text"):
        weights.norm(f"{at}.q_norm", head, around)
        weights.norm(f"{at}.k_norm", head, around)


def feed_forward(weights, c, layer, index):
    kind, width, inner = c["model_type"], c["hidden_size"], c["intermediate_size"]
    if kind == "phi":
        weights.dense(f"{layer}.mlp.fc1", inner, width, True)
        weights.dense(f"{layer}.mlp.fc2", width, inner, True)
    elif kind == "phi3":
        weights.dense(f"{layer}.mlp.gate_up_proj", 2 * inner, width)
        weights.dense(f"{layer}.mlp.down_proj", width, inner)
    elif kind == "mixtral":
        weights.dense(f"{layer}.block_sparse_moe.gate", c["num_local_experts"], width)
        for e in range(c["num_local_experts"]):
            at = f"{layer}.block_sparse_moe.experts.{e}"
            gated(weights, at, width, inner, names=("w1", "w3", "w2"))
    elif kind == "qwen3_moe" and index not in c["mlp_only_layers"] and (index + 1) % c["decoder_sparse_step"] == 0:
        weights.dense(f"{layer}.mlp.gate", c["num_experts"], width)
        for e in range(c["num_experts"]):
            gated(weights, f"{layer}.mlp.experts.{e}", width, c["moe_intermediate_size"])
    else:
        gated(weights, f"{layer}.mlp", width, inner, bias=c.get("mlp_bias", False))


def gated(weights, at, width, inner, bias=False, names=("gate_proj", "up_proj", "down_proj")):
    gate, up, down = names
    weights.dense(f"{at}.{gate}", inner, width, bias)
    weights.dense(f"{at}.{up}", inner, width, bias)
    weights.dense(f"{at}.{down}", width, inner, bias)


def write_safetensors(path, tensors, dtype):
    """NumPy has no bfloat16: it is the upper half of a float32, rounded to even."""
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        if dtype == "bfloat16":
            bits = tensor.view(np.uint32)
            tensor = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
        elif dtype == "float16":
            tensor = tensor.astype(np.float16)
        blob = tensor.tobytes()
        code = {"float32": "F32", "float16": "F16", "bfloat16": "BF16"}[dtype]
        header[name] = {"dtype": code, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def write_weights(folder, tensors, dtype, parts):
    if parts == 1:
        write_safetensors(folder / "model.safetensors", tensors, dtype)
        return
    names, where = list(tensors), {}
    for part in range(parts):
        file = f"model-{part + 1:05d}-of-{parts:05d}.safetensors"
        chosen = names[part::parts]
        write_safetensors(folder / file, {name: tensors[name] for name in chosen}, dtype)
        where.update({name: file for name in chosen})
    total = sum(t.size for t in tensors.values()) * (4 if dtype == "float32" else 2)
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(where.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1))


def main():
    kind, folder = sys.argv[1], Path(sys.argv[2])
    options = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    dtype = options.get("dtype", "float32")
    folder.mkdir(parents=True, exist_ok=True)
    size = write_tokenizer(folder)
    name, own = FAMILIES[kind]
    config = {**COMMON, "vocab_size": -(-size // 64) * 64, **own, "model_type": kind, "architectures": [name]}
    config = {**config, "torch_dtype": dtype, **options.get("config", {})}
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    write_weights(folder, make_weights(config), dtype, options.get("parts", 1))
    if "quantize" in options:
        rewrite(folder, {"quantize": True, **options["quantize"]})
    if options.get("dequantize"):
        rewrite(folder, {"dequantize": True})


def rewrite(folder, arguments):
    """Puts what mlx_lm.convert makes of the folder in its place."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from mlx_lm import convert

    plain = folder.with_name(folder.name + ".plain")
    folder.rename(plain)
    convert(str(plain), mlx_path=str(folder), **arguments)
    shutil.rmtree(plain)


if __name__ == "__main__":
    main()
