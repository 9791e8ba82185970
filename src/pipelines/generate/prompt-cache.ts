/** Prompt caches of `generate`: made once for a long beginning, and gone on from with many questions. */
import { resolve } from "node:path";
import { MdpError } from "../../core/errors.ts";
import type { LayerCache } from "../../models/cache/cache.ts";
import { quantizationOf } from "../../models/cache/make-caches.ts";
import { loadPromptCache, savePromptCache } from "../../models/cache/prompt-cache-file.ts";
import { checkPrompt } from "../../models/generate/check.ts";
import { prefill } from "../../models/generate/prefill.ts";
import type { LoadedDecoder } from "../../models/load-decoder.ts";
import type { GenerateRequest, GenerationOptions } from "../generate.ts";

export interface OpenPromptCache extends Disposable {
  caches: LayerCache[];
  /** Tokens that it holds. */
  length: number;
}

/** @throws MdpError when the file is broken, or was made with another model or quantization */
export function openPromptCache(
  file: string,
  model: LoadedDecoder,
  request: Pick<GenerationOptions, "kvBits" | "kvGroupSize"> & { model: string },
): OpenPromptCache {
  const { caches, metadata } = loadPromptCache(file);
  const free = () => {
    for (const cache of caches) cache[Symbol.dispose]();
  };
  try {
    const made = metadata.model ?? "";
    if (made !== request.model && resolve(made) !== resolve(model.dir)) {
      throw mismatch(file, `it was made with the model ${made}`, `use --model ${made}, or make it again`);
    }
    const layers = model.decoder.windows.length;
    if (caches.length !== layers) {
      throw mismatch(file, `it has ${caches.length} layers, and the model ${layers}`, "make it again");
    }
    const quantization = quantizationOf(caches);
    if (quantization && request.kvBits !== undefined && request.kvBits !== quantization.bits) {
      throw mismatch(file, `it is quantized to ${quantization.bits} bits`, `use --kv-bits ${quantization.bits}`);
    }
    return { caches, length: Number(caches[0]!.offset), [Symbol.dispose]: free };
  } catch (error) {
    free();
    throw error;
  }
}

/** Processes a prompt and writes its cache. */
export async function writePromptCache(
  file: string,
  model: LoadedDecoder,
  ids: readonly number[],
  request: Pick<GenerateRequest, "options" | "signal" | "onPrompt" | "model">,
): Promise<void> {
  checkPrompt(ids, model.decoder.config);
  const caches = model.makeCaches({ maxSize: request.options.maxKvSize });
  try {
    // The last token of a prompt is left to whoever goes on, so that another one stands behind this prompt.
    const { options, signal, onPrompt } = request;
    await prefill(model, caches, Int32Array.from([...ids, 0]), { ...options, signal, onPrompt });
    await savePromptCache(file, caches, { model: request.model, tokenizer_config: "{}" });
  } finally {
    for (const cache of caches) cache[Symbol.dispose]();
  }
}

/** @throws MdpError unless the name is one that MLX writes */
export function checkCacheName(file: string): void {
  if (file.endsWith(".safetensors")) return;
  throw new MdpError({
    code: "option-invalid",
    message: `the prompt cache is to be ${file}, whose name does not end in .safetensors`,
    hint: `call it ${file}.safetensors`,
  });
}

function mismatch(where: string, message: string, hint: string): MdpError {
  return new MdpError({
    code: "prompt-cache-mismatch",
    message: `the prompt cache does not fit: ${message}`,
    where,
    hint,
  });
}
