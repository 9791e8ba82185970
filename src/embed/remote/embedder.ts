/** Texts to vectors by a model at an endpoint, behind the same port as a local one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Embedder, EmbedderDescription, Embeddings, EmbedOptions, TokenCounter } from "../../core/ports.ts";
import { DEFAULT_MODEL, findModel } from "../../models/find.ts";
import { parseTokenizer } from "../../tokenizers/load.ts";
import type { ModelSettings } from "../config.ts";
import { isOpenToAll } from "./address.ts";
import { failure } from "./ask.ts";
import type { Client } from "./client.ts";
import { Job, type Pace } from "./job.ts";

const REQUEST_TEXTS = 64;
const PARALLEL_REQUESTS = 4;

interface Parts {
  settings: ModelSettings;
  client: Client;
  description: EmbedderDescription;
  /** Makes the next run ask for the length of the vectors again. */
  forget: () => Promise<void>;
}

export class RemoteEmbedder implements Embedder {
  readonly #parts: Parts;
  readonly #pace: Pace;
  #tokens: TokenCounter | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { requestTexts = REQUEST_TEXTS, parallelRequests = PARALLEL_REQUESTS } = parts.settings;
    this.#pace = { maxTexts: requestTexts, parallel: parallelRequests };
  }

  get description(): EmbedderDescription {
    return this.#parts.description;
  }

  get notes(): readonly string[] {
    const { address } = this.#parts.client.endpoint;
    return isOpenToAll(address) ? [`texts go to ${address.url.host} unencrypted: use https`] : [];
  }

  /** The default model's tokens stand for those of the endpoint, which says only afterwards how many they were. */
  get tokens(): TokenCounter {
    if (!this.#tokens) {
      const path = join(findModel(DEFAULT_MODEL).dir, "tokenizer.json");
      this.#tokens = parseTokenizer(readFileSync(path, "utf8"), path);
    }
    return this.#tokens;
  }

  async embed(texts: readonly string[], kind: "query" | "document", options: EmbedOptions = {}): Promise<Embeddings> {
    const { client, forget } = this.#parts;
    const { dimension, queryPrefix, documentPrefix } = this.description;
    const prefix = kind === "query" ? queryPrefix : documentPrefix;
    const truncated = new Uint8Array(texts.length);
    const inputs = texts.map((text, row) => {
      const { input, cut } = this.#input(prefix + text);
      truncated[row] = Number(cut);
      return input;
    });
    const job = new Job({ client, inputs, dimension, pace: this.#pace, options, forget });
    await job.run();
    const [refusal] = job.refused.values();
    if (kind === "query" && refusal !== undefined) {
      throw failure(
        client.endpoint,
        "endpoint-refused",
        `the query was refused: ${refusal}`,
        "write it in other words",
      );
    }
    const { vectors, tokens, refused } = job;
    const result = { vectors, count: texts.length, dimension, tokens, truncated };
    return refusal === undefined ? result : { ...result, refused };
  }

  /** A text as it is sent: well-formed, and cut to what the settings say that the model takes. */
  #input(text: string): { input: string; cut: boolean } {
    const { maxTokens } = this.description;
    const whole = text.toWellFormed();
    // A token has a character at least.
    if (whole.length <= maxTokens) return { input: whole, cut: false };
    const starts = this.tokens.tokenStarts(whole);
    if (starts.length <= maxTokens) return { input: whole, cut: false };
    return { input: whole.slice(0, starts[maxTokens]).toWellFormed(), cut: true };
  }

  [Symbol.dispose](): void {}
}
