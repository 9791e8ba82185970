/** What `generate` and `chat` share: mlx-lm's flags for models, sampling and caches. */
import { UsageError } from "../core/errors.ts";
import { penaltyDefaults } from "../models/generate/processors.ts";
import { samplingDefaults } from "../models/generate/sampler.ts";
import type { GenerationOptions } from "../pipelines/generate.ts";
import type { Context } from "./context.ts";
import type { Args } from "./definition.ts";

const text = (description: string, valueHint = "TEXT") => ({ type: "string", valueHint, description }) as const;
const number = (description: string) => text(description, "N");
const flag = (description: string) => ({ type: "boolean", description }) as const;

export const modelArgs = {
  model: text("Folder or name of the model.", "DIR"),
  "adapter-path": text("Folder of a trained adapter.", "DIR"),
  adapter: text("Other name of --adapter-path.", "DIR"),
  "extra-eos-token": {
    ...text("A token that ends the text too; may be given several times, or have several words."),
    several: true,
    takesWords: true,
  },
  "trust-remote-code": flag("Taken for mlx-lm's sake: no remote code is ever run."),
} satisfies Args;

export const samplingArgs = {
  temp: number("Temperature; 0, the default, takes the most likely token."),
  "top-p": number("Keep the most likely tokens that together reach this probability; 1 keeps all."),
  "min-p": number("Keep tokens at least this many times as likely as the most likely one; 0 keeps all."),
  "top-k": number("Keep this many of the most likely tokens; 0 keeps all."),
  "min-tokens-to-keep": number("Tokens that --min-p leaves in any case; 1 by default."),
  "xtc-probability": number("Chance of dropping the most likely tokens but one; 0 by default."),
  "xtc-threshold": number("Probability above which --xtc-probability drops; 0.1 by default."),
  "repetition-penalty": number("Divide the logits of recent tokens by this."),
  "repetition-context-size": number("Tokens that count as recent; 20 by default."),
  "presence-penalty": number("Take this off the logits of recent tokens."),
  "frequency-penalty": number("Take this off for each time that a token is among the recent ones."),
  "logit-bias": text('Added to logits, by token id: {"13": -5}.', "JSON"),
  seed: number("Seed of the random numbers; 0 by default."),
  stop: { ...text("End before this text; may be given several times."), several: true },
} satisfies Args;

export const cacheArgs = {
  "max-kv-size": number("Tokens kept in the cache: the first four, and the last of the rest."),
  "kv-bits": number("Bits of keys and values in the cache; by default they are not quantized."),
  "kv-group-size": number("Keys and values that share a scale; 64 by default."),
  "quantized-kv-start": number("Tokens in the cache from which on it is quantized; 5000 by default."),
  "prefill-step-size": number("Prompt tokens processed at once; 2048 by default."),
} satisfies Args;

export const templateArgs = {
  "system-prompt": text("What the model is told before the conversation."),
  "use-default-chat-template": flag("Use ChatML where the model has no chat template."),
  "chat-template-config": text("Variables of the chat template.", "JSON"),
} satisfies Args;

/** The model that is named. @throws UsageError without one */
export function requireModel(context: Context, command: string): string {
  const model = context.value("model");
  if (model === undefined) throw new UsageError(`${command} needs --model`, "name a folder, such as --model ./qwen3");
  return model;
}

export function adapterPath(context: Context): string | undefined {
  const [path, other] = [context.value("adapter-path"), context.value("adapter")];
  if (path !== undefined && other !== undefined && path !== other) {
    throw new UsageError("--adapter and --adapter-path contradict each other", "keep one of them");
  }
  return path ?? other;
}

/** Ranges are checked where the numbers are used. */
export function generationOptions(context: Context, maxTokens: number): GenerationOptions {
  const given = (name: string, fallback: number) => numberOf(context, name) ?? fallback;
  const { temperature, topP, minP, topK, minTokensToKeep, xtcProbability, xtcThreshold } = samplingDefaults;
  const recent = given("repetition-context-size", penaltyDefaults.repetitionContextSize);
  return {
    temperature: given("temp", temperature),
    topP: given("top-p", topP),
    minP: given("min-p", minP),
    topK: given("top-k", topK),
    minTokensToKeep: given("min-tokens-to-keep", minTokensToKeep),
    xtcProbability: given("xtc-probability", xtcProbability),
    xtcThreshold: given("xtc-threshold", xtcThreshold),
    logitBias: logitBias(context.value("logit-bias")),
    repetitionPenalty: given("repetition-penalty", 0),
    presencePenalty: given("presence-penalty", 0),
    frequencyPenalty: given("frequency-penalty", 0),
    repetitionContextSize: recent,
    presenceContextSize: recent,
    frequencyContextSize: recent,
    seed: given("seed", 0),
    stops: context.values("stop").map(unescaped),
    maxTokens: given("max-tokens", maxTokens),
    maxKvSize: numberOf(context, "max-kv-size"),
    kvBits: numberOf(context, "kv-bits"),
    kvGroupSize: given("kv-group-size", 64),
    quantizedKvStart: given("quantized-kv-start", 5000),
    prefillStepSize: given("prefill-step-size", 2048),
    numDraftTokens: given("num-draft-tokens", 3),
  };
}

/** @throws UsageError unless it is a number */
export function numberOf(context: Context, name: string): number | undefined {
  const value = context.value(name);
  if (value === undefined) return undefined;
  const found = value.trim() === "" ? Number.NaN : Number(value);
  if (Number.isFinite(found)) return found;
  throw new UsageError(`--${name} is "${value}", which is not a number`);
}

/** `\n` and `\t`, as mlx-lm reads them in a prompt. */
export function unescaped(text: string): string {
  return text.replaceAll("\\n", "\n").replaceAll("\\t", "\t");
}

/** mlx-lm's switches that take a word: `--verbose False`. */
export function switchOf(context: Context, name: string): boolean | undefined {
  const value = context.value(name);
  return value === undefined ? undefined : !/^(false|f|0|no)$/i.test(value);
}

function logitBias(json: string | undefined): ReadonlyMap<number, number> {
  if (json === undefined) return new Map();
  const wrong = (why: string) =>
    new UsageError(`--logit-bias is not an object of numbers (${why})`, `write '{"13": -5}'`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw wrong("it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("it is no object");
  return new Map(
    Object.entries(value).map(([id, bias]: [string, unknown]) => {
      // Only towards never is without bounds: logits are float32.
      if (/^\d+$/.test(id) && typeof bias === "number" && Math.fround(bias) < Number.POSITIVE_INFINITY) {
        return [Number(id), bias];
      }
      throw wrong(`it has "${id}": ${typeof bias === "number" ? bias : JSON.stringify(bias)}`);
    }),
  );
}
