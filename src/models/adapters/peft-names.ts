/** Names of arrays in PEFT's files, and ours. */
import { MdpError } from "../../core/errors.ts";

/** One array of a layer: how both call it. PEFT's pairs are the transposes of ours. */
export interface PeftPart {
  part: "lora_a" | "lora_b" | "m";
  embedding: boolean;
}

const suffixes: Readonly<Record<string, PeftPart>> = {
  "lora_A.weight": { part: "lora_a", embedding: false },
  "lora_B.weight": { part: "lora_b", embedding: false },
  lora_embedding_A: { part: "lora_a", embedding: true },
  lora_embedding_B: { part: "lora_b", embedding: true },
  lora_magnitude_vector: { part: "m", embedding: false },
  // The same under the name that the module has in memory.
  "lora_magnitude_vector.weight": { part: "m", embedding: false },
};
const prefix = "base_model.model.";

/** The untrained weight of an embedding that has a pair, which PEFT writes too. */
export function isBaseWeight(name: string): boolean {
  return name.endsWith(".base_layer.weight");
}

/** `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight` is `lora_a` of `model.layers.0.self_attn.q_proj`. */
export function fromPeftName(name: string, where: string): PeftPart & { path: string } {
  for (const [suffix, part] of Object.entries(suffixes)) {
    if (name.startsWith(prefix) && name.endsWith(`.${suffix}`)) {
      return { ...part, path: name.slice(prefix.length, -suffix.length - 1) };
    }
  }
  throw new MdpError({
    code: "adapter-unsupported",
    message: `the array ${name} is no part of a low-rank pair`,
    where,
    hint: "layers that were trained whole (modules_to_save) and biases are not supported",
  });
}

export function peftName(path: string, part: PeftPart["part"], embedding: boolean): string {
  const found = Object.entries(suffixes).find(([, entry]) => entry.part === part && entry.embedding === embedding);
  return `${prefix}${path}.${found?.[0]}`;
}
