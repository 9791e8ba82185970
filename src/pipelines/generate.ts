/** `generate`: a prompt in, its continuation by a model out. */
import * as mx from "../mlx/index.ts";
import { KeySequence } from "../mlx/nn/key-sequence.ts";
import type { LayerCache } from "../models/cache/cache.ts";
import { checkTokenOptions } from "../models/generate/check.ts";
import { skipLoading } from "../models/generate/loading-keys.ts";
import { tokenDefaults } from "../models/generate/options.ts";
import { generateText, type TextOptions } from "../models/generate/text.ts";
import { type ModelRequest, type OpenModel, openModel, requireRoom, sparedTokens } from "./generate/open.ts";
import {
  type ChatTemplateOptions,
  encodePrompt,
  openConversation,
  type PromptParts,
  questionText,
} from "./generate/prompt.ts";
import { checkCacheName, openPromptCache, writePromptCache } from "./generate/prompt-cache.ts";
import { type GenerateReport, tally } from "./generate/report.ts";

export { promptCacheModel as modelOfPrompt } from "../models/cache/prompt-cache-file.ts";

/** Options of a generation that are not found in the model. */
export type GenerationOptions = Omit<
  TextOptions,
  "eosIds" | "draft" | "caches" | "keys" | "spared" | "signal" | "onPrompt"
>;

export interface GenerateRequest
  extends Omit<ModelRequest, "idsOnly">,
    ChatTemplateOptions,
    Omit<PromptParts, "prompt"> {
  /** Text, or the ids of its tokens. */
  prompt: string | readonly number[];
  /** A cache in a file, of what stands before the prompt. */
  promptCacheFile?: string | undefined;
  /** Do not end where the model ends its text. */
  ignoreEos: boolean;
  options: GenerationOptions;
  signal: AbortSignal;
  /** Text as it comes. */
  onText?: (text: string) => void | Promise<void>;
  onPrompt?: ((done: number, total: number) => void) | undefined;
}

/**
 * Loads the model and lets it go on with the prompt.
 * @throws MdpError for a bad model, prompt or option; InterruptedError after the signal
 */
export async function generate(request: GenerateRequest): Promise<GenerateReport> {
  using opened = await openModel({ ...request, idsOnly: typeof request.prompt !== "string" });
  const { promptCacheFile: file, options, model } = request;
  using cache = file === undefined ? undefined : openPromptCache(file, opened.model, { model, ...options });
  const ids = await promptOf(request, opened, cache ? "suffix" : "all");
  requireRoom(ids.length + (cache?.length ?? 0), opened.model);
  return await run(request, opened, ids, cache?.caches);
}

export interface SavedPrompt {
  file: string;
  prompt_tokens: number;
  /** In GB. */
  peak_memory: number;
}

/** Writes the cache of a prompt to a file, from which later prompts go on; nothing is generated. */
export async function savePrompt(request: GenerateRequest, file: string): Promise<SavedPrompt> {
  checkCacheName(file);
  checkTokenOptions({ ...tokenDefaults, ...request.options, maxTokens: 1 });
  using opened = await openModel({ ...request, idsOnly: typeof request.prompt !== "string" });
  const ids = await promptOf(request, opened, "prefix");
  requireRoom(ids.length, opened.model);
  await writePromptCache(file, opened.model, ids, request);
  return { file, prompt_tokens: ids.length, peak_memory: mx.peakMemory() / 1e9 };
}

async function promptOf(
  request: GenerateRequest,
  opened: OpenModel,
  part: "all" | "prefix" | "suffix",
): Promise<readonly number[]> {
  const { prompt, systemPrompt, prefillResponse } = request;
  if (typeof prompt !== "string") return prompt;
  const { tokenizer } = opened;
  const conversation = await openConversation(opened, request);
  // After a cache, tokens that begin a text are out of place.
  if (!conversation) return encodePrompt(tokenizer!, prompt, part === "suffix");
  return encodePrompt(tokenizer!, questionText(conversation, { prompt, systemPrompt, prefillResponse }, part), true);
}

/** What a model that is open says after these tokens. @throws InterruptedError after the signal */
export async function run(
  request: Pick<GenerateRequest, "ignoreEos" | "options" | "signal" | "onText" | "onPrompt">,
  opened: OpenModel,
  ids: readonly number[],
  caches?: LayerCache[],
): Promise<GenerateReport> {
  const { model, draft, tokenizer } = opened;
  const eosIds = request.ignoreEos ? [] : opened.eosIds;
  const { signal, onPrompt, onText } = request;
  using keys = new KeySequence(request.options.seed);
  skipLoading(keys, draft ? [model, draft] : [model]);
  const options: TextOptions = {
    ...request.options,
    keys,
    eosIds,
    draft,
    caches,
    spared: sparedTokens(opened),
    signal,
    onPrompt,
  };
  const sum = tally(ids.length, eosIds, draft !== undefined);
  for await (const piece of generateText(model, tokenizer, ids, options)) {
    sum.add(piece);
    if (piece.text !== "") await onText?.(piece.text);
  }
  return sum.report();
}
