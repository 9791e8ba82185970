/** GGUF's metadata of a llama as the `config.json` of a Hugging Face folder. */
import { dequantizeBlocks } from "./blocks.ts";
import { llama3Factors } from "./export.ts";
import { badGguf, unsupportedGguf } from "./format.ts";
import { type Metadata, metadataOf } from "./metadata.ts";
import type { GgufFile } from "./read.ts";

export interface ImportedConfig extends Record<string, unknown> {
  model_type: "llama";
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  head_dim: number;
  vocab_size: number;
}

/** Tensor of the factors by which Llama 3 stretches its rotation. */
export const ROPE_FACTORS = "rope_freqs.weight";

/** @throws MdpError for another architecture, or a key that is missing */
export function importedConfig(file: GgufFile, dtype: string): ImportedConfig {
  const metadata = metadataOf(file);
  const architecture = metadata.text("general.architecture");
  if (architecture !== "llama") {
    const reason = `the architecture "${String(architecture).slice(0, 80)}" is not imported`;
    throw unsupportedGguf(file.path, reason, "supported: llama (with Mistral); take the model's safetensors instead");
  }
  if ((metadata.number("llama.expert_count") ?? 0) > 0) {
    throw unsupportedGguf(file.path, "a llama with experts is not imported", "take the model's safetensors instead");
  }
  const number = (key: string) => metadata.required(`llama.${key}`, metadata.number(`llama.${key}`));
  const optional = (key: string) => metadata.number(`llama.${key}`);
  const heads = number("attention.head_count");
  const width = number("embedding_length");
  const headSize = optional("attention.key_length") ?? width / heads;
  const has = (name: string) => file.tensors.some((tensor) => tensor.name === name);
  const rotated = optional("rope.dimension_count") ?? headSize;
  if (rotated !== headSize || (optional("attention.value_length") ?? headSize) !== headSize) {
    throw unsupportedGguf(
      file.path,
      `heads of ${headSize} features with ${rotated} rotated are not imported`,
      "take the model's safetensors instead",
    );
  }
  const rows = file.tensors.find(({ name }) => name === "token_embd.weight")?.shape[0];
  if (rows === undefined) throw badGguf(file.path, "it has no token_embd.weight");
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: width,
    intermediate_size: number("feed_forward_length"),
    num_hidden_layers: number("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: optional("attention.head_count_kv") ?? heads,
    head_dim: headSize,
    vocab_size: rows,
    max_position_embeddings: optional("context_length") ?? 2048,
    rms_norm_eps: shortest(number("attention.layer_norm_rms_epsilon")),
    ...rope(file, metadata, headSize),
    hidden_act: "silu",
    attention_bias: has("blk.0.attn_q.bias"),
    mlp_bias: has("blk.0.ffn_gate.bias"),
    tie_word_embeddings: !has("output.weight"),
    torch_dtype: dtype,
    ...specialIds(metadata),
  };
}

function specialIds(metadata: Metadata): Record<string, number> {
  const ids: Record<string, number> = {};
  for (const [name, use] of [
    ["bos", "bos"],
    ["eos", "eos"],
    ["padding", "pad"],
  ] as const) {
    const id = metadata.number(`tokenizer.ggml.${name}_token_id`);
    if (id !== undefined) ids[`${use}_token_id`] = id;
  }
  return ids;
}

function rope(file: GgufFile, metadata: Metadata, headSize: number): Record<string, unknown> {
  const base = shortest(metadata.number("llama.rope.freq_base") ?? 10_000);
  const type = metadata.text("llama.rope.scaling.type") ?? "none";
  const factor = metadata.number("llama.rope.scaling.factor");
  const original = metadata.number("llama.rope.scaling.original_context_length");
  const found = file.tensors.find(({ name }) => name === ROPE_FACTORS);
  if (found) return { rope_theta: base, rope_scaling: llama3(file, found, headSize, base) };
  if (type === "none") return { rope_theta: base };
  if ((type === "linear" || type === "yarn") && factor !== undefined) {
    const more = original === undefined ? {} : { original_max_position_embeddings: original };
    return { rope_theta: base, rope_scaling: { type, rope_type: type, factor: shortest(factor), ...more } };
  }
  throw unsupportedGguf(
    file.path,
    `rope scaling "${type.slice(0, 80)}" is not imported`,
    "supported: none, linear, yarn, Llama 3",
  );
}

/** The file has the factors and not what they were made of: they are recognised. */
function llama3(file: GgufFile, tensor: GgufFile["tensors"][number], headSize: number, base: number): object {
  if (tensor.bytes !== headSize * 2 || tensor.type !== "F32")
    throw badGguf(file.path, `${ROPE_FACTORS} is not ${headSize / 2} float32 numbers`);
  const bytes = new Uint8Array(tensor.bytes);
  file.read(bytes, tensor.position);
  const factors = dequantizeBlocks("F32", bytes);
  const factor = factors.at(-1)!;
  for (let original = 256; original <= 2 ** 20; original *= 2) {
    const made = llama3Factors(headSize, base, { factor, low: 1, high: 4, original });
    // Other programs compute in float32: the last bits may differ.
    if (made.every((value, i) => Math.abs(value - factors[i]!) <= 1e-4 * value)) {
      return {
        type: "llama3",
        rope_type: "llama3",
        factor: shortest(factor),
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: original,
      };
    }
  }
  throw unsupportedGguf(
    file.path,
    "the factors of its rotation are none of Llama 3's",
    "take the model's safetensors instead",
  );
}

/** The shortest decimal that is the same float32: 1e-5 instead of 9.999999747378752e-6. */
export function shortest(value: number): number {
  const single = Math.fround(value);
  if (single !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return value;
}
