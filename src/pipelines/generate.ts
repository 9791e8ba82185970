/** `generate`: a prompt in, its continuation by a model out. */
import { MdpError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import { generateText, type TextOptions } from "../models/generate/text.ts";
import { type ModelRequest, type OpenModel, openModel } from "./generate/open.ts";
import { type ChatTemplateOptions, encodePrompt, openConversation } from "./generate/prompt.ts";

/** Options of a generation that are not found in the model. */
export type GenerationOptions = Omit<TextOptions, "eosIds" | "draft" | "caches" | "spared" | "signal" | "onPrompt">;

export interface GenerateRequest extends Omit<ModelRequest, "idsOnly">, ChatTemplateOptions {
  /** Text, or the ids of its tokens. */
  prompt: string | readonly number[];
  systemPrompt?: string | undefined;
  /** The beginning of the answer. */
  prefillResponse?: string | undefined;
  /** Do not end where the model ends its text. */
  ignoreEos: boolean;
  options: GenerationOptions;
  signal: AbortSignal;
  /** Text as it comes. */
  onText?: (text: string) => void | Promise<void>;
  onPrompt?: ((done: number, total: number) => void) | undefined;
}

/** Names as mlx-lm gives them. */
export interface GenerateReport {
  text: string;
  /** Ids of the generated tokens, without the one that ended the text. */
  tokens: number[];
  prompt_tokens: number;
  /** Tokens per second, the first one counted to the prompt. */
  prompt_tps: number;
  /** All that were generated, the one that ended the text included. */
  generation_tokens: number;
  generation_tps: number;
  /** In GB. */
  peak_memory: number;
  /** `stop`: a token or text that ends; `length`: the limit of tokens. */
  finish_reason: "stop" | "length";
  /** Tokens that a draft model had guessed. */
  draft_tokens?: number;
}

/**
 * Loads the model and lets it go on with the prompt.
 * @throws MdpError for a bad model, prompt or option; InterruptedError after the signal
 */
export async function generate(request: GenerateRequest): Promise<GenerateReport> {
  using opened = await openModel({ ...request, idsOnly: typeof request.prompt !== "string" });
  const ids = await promptOf(request, opened);
  requireRoom(ids.length, opened);
  return await run(request, opened, ids);
}

async function promptOf(request: GenerateRequest, { model, tokenizer }: OpenModel): Promise<readonly number[]> {
  const { prompt, systemPrompt, prefillResponse } = request;
  if (typeof prompt !== "string") return prompt;
  const conversation = await openConversation(model.dir, request);
  if (!conversation) return encodePrompt(tokenizer!, prompt, false);
  const messages = [
    ...(systemPrompt === undefined ? [] : [{ role: "system", content: systemPrompt }]),
    { role: "user", content: prompt },
    ...(prefillResponse === undefined ? [] : [{ role: "assistant", content: prefillResponse }]),
  ];
  return encodePrompt(tokenizer!, conversation.render(messages, prefillResponse !== undefined), true);
}

/** The model knows no positions beyond those of its training. */
function requireRoom(length: number, { model }: OpenModel): void {
  const most = model.config.max_position_embeddings;
  if (typeof most !== "number" || length <= most) return;
  throw new MdpError({
    code: "prompt-too-long",
    message: `the prompt has ${length} tokens, and the model takes ${most}`,
    hint: "shorten the prompt, or use a model that takes longer ones",
  });
}

async function run(request: GenerateRequest, opened: OpenModel, ids: readonly number[]): Promise<GenerateReport> {
  const { model, draft, tokenizer } = opened;
  const eosIds = request.ignoreEos ? [] : opened.eosIds;
  const newline = tokenizer ? Array.from(tokenizer.encode("\n").ids) : [];
  const { signal, onPrompt, onText } = request;
  const options: TextOptions = {
    ...request.options,
    eosIds,
    draft,
    spared: [...newline, ...opened.eosIds],
    signal,
    onPrompt,
  };
  const started = performance.now();
  let first = started;
  const tokens: number[] = [];
  let [text, count, guessed] = ["", 0, 0];
  let finish: "stop" | "length" = "length";
  for await (const piece of generateText(model, tokenizer, ids, options)) {
    if (count++ === 0) first = performance.now();
    if (!eosIds.includes(piece.token)) tokens.push(piece.token);
    if (piece.fromDraft) guessed++;
    finish = piece.finishReason ?? finish;
    text += piece.text;
    if (piece.text !== "") await onText?.(piece.text);
  }
  const seconds = (from: number, to: number) => Math.max(1e-9, (to - from) / 1000);
  return {
    text,
    tokens,
    prompt_tokens: ids.length,
    prompt_tps: ids.length / seconds(started, first),
    generation_tokens: count,
    generation_tps: count / seconds(first, performance.now()),
    peak_memory: mx.peakMemory() / 1e9,
    finish_reason: finish,
    ...(draft ? { draft_tokens: guessed } : {}),
  };
}
