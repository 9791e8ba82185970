#!/usr/bin/env python3
"""A tiny llama with LoRA and DoRA adapters of PEFT, all of random weights, and the logits that torch gives with them.

usage: golden_peft.py MODELS_DIR > fixtures/golden/peft.json
Writes MODELS_DIR/tiny-llama/ and MODELS_DIR/tiny-llama-{lora,rslora,dora,patterns,embedding}/, for fixtures/models/.
"""

import importlib.metadata
import json
import pathlib
import sys

import peft
import torch
import transformers

MODELS_DIR = pathlib.Path(sys.argv[1])
BASE = MODELS_DIR / "tiny-llama"
IDS = [[3, 17, 60, 9, 41, 2], [1, 1, 33, 12, 7, 58]]
SIZES = dict(
    vocab_size=64,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    tie_word_embeddings=False,
)
ADAPTERS = {
    "lora": dict(r=4, lora_alpha=10, target_modules=["q_proj", "v_proj", "down_proj"], lora_dropout=0.1),
    "rslora": dict(r=4, lora_alpha=6, target_modules=["k_proj", "up_proj"], layers_to_transform=[1], use_rslora=True),
    "dora": dict(r=2, lora_alpha=4, target_modules=["o_proj", "gate_proj"], use_dora=True),
    "patterns": dict(
        r=4,
        lora_alpha=8,
        target_modules=["q_proj", "v_proj", "up_proj"],
        rank_pattern={"q_proj": 2, "layers.1.self_attn.v_proj": 6},
        alpha_pattern={"^model.layers.0.mlp.up_proj": 3, "v_proj": 18},
    ),
    "embedding": dict(r=4, lora_alpha=8, target_modules=["embed_tokens", "q_proj"]),
}


def randomize(parameters, scale):
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(torch.randn(parameter.shape) * scale)


def logits(model):
    with torch.no_grad():
        values = model.eval()(torch.tensor(IDS)).logits
    return [round(value, 6) for value in values.flatten().tolist()]


torch.manual_seed(0)
base = transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES))
randomize(base.parameters(), 0.05)
base.save_pretrained(BASE)
(BASE / "generation_config.json").unlink(missing_ok=True)

answers = {"base": logits(base)}
for name, options in ADAPTERS.items():
    model = transformers.LlamaForCausalLM.from_pretrained(BASE)
    model.name_or_path = "tiny-llama"
    adapted = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", **options))
    randomize((parameter for parameter in adapted.parameters() if parameter.requires_grad), 0.1)
    answers[name] = logits(adapted)
    folder = MODELS_DIR / f"tiny-llama-{name}"
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    # PEFT keeps names in a set, whose order is another one each time.
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    config["target_modules"].sort()
    config["base_model_name_or_path"] = "tiny-llama"
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")

names = ["peft", "torch", "transformers"]
golden = {
    "script": "test/parity/golden_peft.py",
    "versions": {name: importlib.metadata.version(name) for name in names},
    "ids": IDS,
    "logits": answers,
}
print(json.dumps(golden, separators=(",", ":")))
