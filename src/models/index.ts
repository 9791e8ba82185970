/** The architectures by `model_type`; one static line each. To add one: CONTRIBUTING.md. */
import { MdpError } from "../core/errors.ts";
import { defineRegistry, type Registry } from "../core/registry.ts";
import { type DecoderFactory, decoderFactory } from "./decoder.ts";
import { type EncoderFactory, encoderFactory } from "./model.ts";

export const encoders = defineRegistry<EncoderFactory>("model type", {
  bert: async () => ({ default: encoderFactory(await import("./encoders/bert.ts")) }),
  distilbert: async () => ({ default: encoderFactory(await import("./encoders/distilbert.ts")) }),
  gemma3_text: async () => ({ default: encoderFactory(await import("./encoders/gemma3_text.ts")) }),
  gte: async () => ({ default: encoderFactory(await import("./encoders/new.ts")) }),
  modernbert: async () => ({ default: encoderFactory(await import("./encoders/modernbert.ts")) }),
  mpnet: async () => ({ default: encoderFactory(await import("./encoders/mpnet.ts")) }),
  new: async () => ({ default: encoderFactory(await import("./encoders/new.ts")) }),
  nomic_bert: async () => ({ default: encoderFactory(await import("./encoders/nomic_bert.ts")) }),
  qwen3: async () => ({ default: encoderFactory(await import("./encoders/qwen3.ts")) }),
  roberta: async () => ({ default: encoderFactory(await import("./encoders/roberta.ts")) }),
  "xlm-roberta": async () => ({ default: encoderFactory(await import("./encoders/roberta.ts")) }),
});

export const decoders = defineRegistry<DecoderFactory>("model type", {
  gemma: async () => ({ default: decoderFactory(await import("./decoders/gemma.ts")) }),
  gemma2: async () => ({ default: decoderFactory(await import("./decoders/gemma2.ts")) }),
  gemma3_text: async () => ({ default: decoderFactory(await import("./decoders/gemma3_text.ts")) }),
  llama: async () => ({ default: decoderFactory(await import("./decoders/llama.ts")) }),
  mistral: async () => ({ default: decoderFactory(await import("./decoders/llama.ts")) }),
  mixtral: async () => ({ default: decoderFactory(await import("./decoders/mixtral.ts")) }),
  phi: async () => ({ default: decoderFactory(await import("./decoders/phi.ts")) }),
  phi3: async () => ({ default: decoderFactory(await import("./decoders/phi3.ts")) }),
  qwen2: async () => ({ default: decoderFactory(await import("./decoders/qwen2.ts")) }),
  qwen3: async () => ({ default: decoderFactory(await import("./decoders/qwen3.ts")) }),
  qwen3_moe: async () => ({ default: decoderFactory(await import("./decoders/qwen3_moe.ts")) }),
  smollm3: async () => ({ default: decoderFactory(await import("./decoders/smollm3.ts")) }),
});

/** The encoder that `config.json` asks for; `where` names that file in errors. */
export function loadArchitecture(modelType: string, where: string): Promise<EncoderFactory> {
  return loadFrom(encoders, modelType, where);
}

/** The decoder that `config.json` asks for; `where` names that file in errors. */
export function loadDecoderArchitecture(modelType: string, where: string): Promise<DecoderFactory> {
  return loadFrom(decoders, modelType, where);
}

async function loadFrom<T>(registry: Registry<T>, modelType: string, where: string): Promise<T> {
  if (registry.has(modelType)) return registry.load(modelType);
  throw new MdpError({
    code: "model-unsupported",
    message: `model type "${modelType}" is not supported`,
    where,
    hint: `supported: ${registry.names.join(", ")}; to add one see CONTRIBUTING.md`,
  });
}
