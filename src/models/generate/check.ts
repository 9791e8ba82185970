/** Checks of what a generation is given, before the model runs: MLX would read foreign memory for an unknown id. */
import { MdpError } from "../../core/errors.ts";
import type { MlxArray } from "../../mlx/index.ts";
import { checkKvQuantization } from "../cache/quantized-kv-cache.ts";
import type { DecoderConfig } from "../decoder.ts";
import type { TokenOptions } from "./options.ts";

/** First tokens that a cache of limited size keeps, and one more. */
const SMALLEST_CACHE = 5;

/** @throws MdpError for a number outside its range */
export function checkTokenOptions(options: TokenOptions): void {
  const { maxTokens, prefillStepSize, maxKvSize, kvBits, kvGroupSize, quantizedKvStart, seed } = options;
  const whole = Number.isInteger;
  if (maxTokens === 0)
    throw invalid("max-tokens is 0, so that nothing would come", "choose 1 or more, or -1 for no limit");
  if (!whole(maxTokens) || maxTokens < -1) throw invalid(`max-tokens is ${maxTokens}`, "choose 1 or more, or -1");
  if (!whole(prefillStepSize) || prefillStepSize < 1) {
    throw invalid(`prefill-step-size is ${prefillStepSize}`, "choose 1 or more");
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw invalid(`seed is ${seed}`, `choose a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  if (!whole(quantizedKvStart) || quantizedKvStart < 0) {
    throw invalid(`quantized-kv-start is ${quantizedKvStart}`, "choose 0 or more");
  }
  // Now: a cache that begins to be quantized later would say it in the middle of a text.
  if (kvBits !== undefined) checkKvQuantization(kvGroupSize, kvBits);
  if (maxKvSize === undefined) return;
  if (!whole(maxKvSize) || maxKvSize < SMALLEST_CACHE) {
    throw invalid(`max-kv-size is ${maxKvSize}, less than ${SMALLEST_CACHE}`, "choose a larger cache");
  }
  if (kvBits !== undefined) {
    throw invalid("a cache cannot be limited and quantized at once", "leave out --max-kv-size or --kv-bits");
  }
}

/** @throws MdpError when it is empty, or names a token that the model does not have */
export function checkPrompt(prompt: ArrayLike<number>, config: DecoderConfig): void {
  if (prompt.length === 0) {
    throw new MdpError({ code: "prompt-empty", message: "the prompt has no tokens", hint: "give it some text" });
  }
  for (let i = 0; i < prompt.length; i++) {
    const id = prompt[i]!;
    if (Number.isInteger(id) && id >= 0 && id < config.vocab_size) continue;
    throw new MdpError({
      code: "token-unknown",
      message: `the prompt's token ${i + 1} is ${id}, and the model has ${config.vocab_size} tokens`,
      hint: "use the model's own tokenizer",
    });
  }
}

/** @param totals the logarithms of summed exponentials of logits. @throws MdpError when one is not a number */
export function requireFinite(totals: MlxArray): void {
  if (totals.toFloat32().every(Number.isFinite)) return;
  throw new MdpError({
    code: "logits-not-finite",
    message: "the model's output is not a number",
    hint: "check the weights for NaN; in float16 large values overflow, so try bfloat16 or float32",
  });
}

function invalid(message: string, hint: string): MdpError {
  return new MdpError({ code: "option-invalid", message, hint });
}
