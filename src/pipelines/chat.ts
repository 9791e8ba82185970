/** `chat`: questions one after another; what was said before stays in the model's caches. */
import { KeySequence } from "../mlx/nn/key-sequence.ts";
import type { LayerCache } from "../models/cache/cache.ts";
import { skipLoading } from "../models/generate/loading-keys.ts";
import { generateText, type TextOptions } from "../models/generate/text.ts";
import type { ChatMessage } from "../tokenizers/chat-template.ts";
import { type ModelRequest, type OpenModel, openModel, requireRoom, sparedTokens } from "./generate/open.ts";
import { type ChatTemplateOptions, type Conversation, encodePrompt, openConversation } from "./generate/prompt.ts";
import { type GenerateReport, tally } from "./generate/report.ts";
import type { GenerationOptions } from "./generate.ts";

export interface ChatRequest extends Omit<ModelRequest, "idsOnly" | "draftModel">, ChatTemplateOptions {
  systemPrompt?: string | undefined;
  options: GenerationOptions;
}

export interface AskOptions {
  signal: AbortSignal;
  /** Text as it comes. */
  onText: (text: string) => void | Promise<void>;
}

/** A conversation with a model. Dispose of it to free the model. */
export interface ChatSession extends Disposable {
  /** The model's answer. @throws MdpError when the conversation is too long; it is then as it was before */
  ask(question: string, options: AskOptions): Promise<GenerateReport>;
  /** Forgets what was said. */
  reset(): void;
}

/** @throws MdpError when the model, its tokenizer or its adapter cannot be used */
export async function openChat(request: ChatRequest): Promise<ChatSession> {
  const opened = await openModel({ ...request, draftModel: undefined, idsOnly: false });
  try {
    return new Session(request, opened, await openConversation(opened, request));
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
}

class Session implements ChatSession {
  readonly #request: ChatRequest;
  readonly #opened: OpenModel;
  readonly #conversation: Conversation | undefined;
  readonly #keys: KeySequence;
  #messages: ChatMessage[] = [];
  #caches: LayerCache[] = [];
  /** All tokens of the conversation, and those of them that are in the caches. */
  #said: number[] = [];
  #seen: number[] = [];

  constructor(request: ChatRequest, opened: OpenModel, conversation: Conversation | undefined) {
    this.#request = request;
    this.#opened = opened;
    this.#conversation = conversation;
    this.#keys = new KeySequence(request.options.seed);
    skipLoading(this.#keys, [opened.model]);
    this.reset();
  }

  async ask(question: string, { signal, onText }: AskOptions): Promise<GenerateReport> {
    const { model, tokenizer, eosIds } = this.#opened;
    const messages = [...this.#messages, { role: "user", content: question }];
    const ids = this.#idsOf(messages, question);
    requireRoom(ids.length, model);
    const prompt = ids.slice(this.#rewind(ids));
    const options: TextOptions = {
      ...this.#request.options,
      eosIds,
      spared: sparedTokens(this.#opened),
      caches: this.#caches,
      keys: this.#keys,
      signal,
    };
    const sum = tally(prompt.length, eosIds, false);
    try {
      for await (const piece of generateText(model, tokenizer, prompt, options)) {
        sum.add(piece);
        if (piece.text !== "") await onText(piece.text);
      }
    } finally {
      this.#said = [...ids, ...sum.tokens];
      this.#seen = this.#said.slice(0, Number(this.#caches[0]!.offset));
    }
    const report = sum.report();
    this.#messages = [...messages, { role: "assistant", content: report.text }];
    return report;
  }

  reset(): void {
    const { systemPrompt } = this.#request;
    this.#messages = systemPrompt === undefined ? [] : [{ role: "system", content: systemPrompt }];
    this.#said = [];
    this.#forget();
  }

  /** Ids of the whole conversation; without a template the question just goes on. */
  #idsOf(messages: readonly ChatMessage[], question: string): number[] {
    const tokenizer = this.#opened.tokenizer!;
    if (this.#conversation) return encodePrompt(tokenizer, this.#conversation.render(messages, false), true);
    return [...this.#said, ...encodePrompt(tokenizer, question, this.#said.length > 0)];
  }

  /** Takes the caches back to where this text begins to differ, leaving it one token at least; gives that place. */
  #rewind(ids: readonly number[]): number {
    let common = 0;
    while (common < this.#seen.length && this.#seen[common] === ids[common]) common++;
    common = Math.min(common, ids.length - 1);
    const surplus = this.#seen.length - common;
    if (surplus === 0) return common;
    if (this.#caches.every((cache) => cache.trimmable)) {
      for (const cache of this.#caches) cache.trim(surplus);
      return common;
    }
    this.#forget();
    return 0;
  }

  /** Empty caches, which can be taken back wherever a template changes what was said. */
  #forget(): void {
    for (const cache of this.#caches) cache[Symbol.dispose]();
    this.#caches = this.#opened.model.makeCaches({ maxSize: this.#request.options.maxKvSize, trimmable: true });
    this.#seen = [];
  }

  [Symbol.dispose](): void {
    this.#forget();
    this.#keys[Symbol.dispose]();
    this.#opened[Symbol.dispose]();
  }
}
