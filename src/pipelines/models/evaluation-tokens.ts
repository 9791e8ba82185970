/** Tokens to measure a model on: of JSONL rows, texts or shards, cut into pieces of one length. */
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { MdpError, UsageError } from "../../core/errors.ts";
import { Mt19937 } from "../../core/mt19937.ts";
import { ShardLoader } from "../../shard/loader.ts";
import { renderChatDocument } from "../../tokenizers/chat-template.ts";
import { type FoundChatTemplate, openChatTemplate } from "../../tokenizers/chat-template-files.ts";
import { openTokenizer } from "../../tokenizers/open.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { openRowFiles } from "./row-files.ts";

export interface TokensRequest {
  /** A JSONL or text file, a folder of them (`test.jsonl` before the others), or of shards. */
  data: string;
  /** Folder of the model, for its tokenizer. */
  modelDir: string;
  /** Tokens that end a text; the first one is put behind a text. */
  eosIds: readonly number[];
  sequenceLength: number;
  /** Pieces at most; -1 takes all. */
  numSamples: number;
  seed: number;
}

export interface EvaluationTokens {
  /** Row by row, `[samples, sequenceLength]`. */
  ids: Int32Array;
  samples: number;
  /** Rows that could not be read. */
  rejects: number;
}

/** @throws MdpError when there is not one whole piece */
export async function evaluationTokens(request: TokensRequest): Promise<EvaluationTokens> {
  const { data, sequenceLength, numSamples } = request;
  if (!existsSync(data)) throw new UsageError(`there is no file or folder ${data}`, "name one after --data");
  const wanted = numSamples > 0 ? numSamples * sequenceLength : Number.POSITIVE_INFINITY;
  const counts = { rejects: 0 };
  const stream = new IdStream(wanted);
  for await (const ids of await sourceOf(request, counts)) {
    stream.add(ids);
    if (stream.full) break;
  }
  const samples = Math.floor(stream.length / sequenceLength);
  if (samples === 0) {
    throw new MdpError({
      code: "too-few-tokens",
      message: `the data has ${stream.length} tokens, too few for one sequence of ${sequenceLength}`,
      where: data,
      hint: "take more data, or a smaller --sequence-length",
    });
  }
  return { ids: stream.ids(samples * sequenceLength), samples, ...counts };
}

type Ids = ArrayLike<number>;

async function sourceOf(request: TokensRequest, counts: { rejects: number }): Promise<AsyncIterable<Ids>> {
  const { data } = request;
  if (!(await stat(data)).isDirectory())
    return data.endsWith(".jsonl") ? rows([data], request, counts) : texts([data], request);
  const names = (await readdir(data)).sort();
  const jsonl = names.includes("test.jsonl") ? ["test.jsonl"] : names.filter((name) => name.endsWith(".jsonl"));
  const plain = names.filter((name) => name.endsWith(".txt") || name.endsWith(".md"));
  // A folder of shards has an index, here or one level down, and perhaps files of notes.
  const isShards = [data, ...names.map((name) => join(data, name))].some((dir) =>
    existsSync(join(dir, "shard_index.json")),
  );
  const paths = (found: string[]) => found.map((name) => join(data, name));
  if (isShards) return shards(data, request);
  if (jsonl.length > 0) return rows(paths(jsonl), request, counts);
  if (plain.length > 0) return texts(paths(plain), request);
  throw new UsageError(`${data} holds no JSONL, no text and no shards`, "name a file, or a folder that has some");
}

/** Rows in a random order, as mlx-lm draws them. */
async function* rows(paths: string[], request: TokensRequest, counts: { rejects: number }): AsyncGenerator<Ids> {
  const files = await openRowFiles(paths);
  const encode = await rowEncoder(request);
  for (const index of new Mt19937(request.seed).permutation(files.count)) {
    const row = await files.row(index);
    const ids = "value" in row ? await encode(row.value) : undefined;
    if (ids) yield ids;
    else counts.rejects++;
  }
}

async function* texts(paths: string[], request: TokensRequest): AsyncGenerator<Ids> {
  const tokenizer = await openTokenizer(request.modelDir);
  for (const index of new Mt19937(request.seed).permutation(paths.length)) {
    yield withEnd(tokenizer, await Bun.file(paths[index]!).text(), request.eosIds);
  }
}

/** The documents of shards, or their rows, without padding. */
async function* shards(dir: string, { seed }: TokensRequest): AsyncGenerator<Ids> {
  const has = (split: string) => [dir, join(dir, "shards")].some((place) => existsSync(join(place, split)));
  // What the model was trained on would look too well foreseen.
  const split = ["test", "val"].find(has) ?? "train";
  using loader = await ShardLoader.open(dir, { shuffle: true, seed, batchSize: 8, split });
  for await (const { rows: count, length, input_ids: ids, segment_ids: segments } of loader) {
    for (let row = 0; row < count; row++) {
      const start = row * length;
      const padding = segments ? segments.subarray(start, start + length).indexOf(0) : -1;
      yield ids.subarray(start, start + (padding < 0 ? length : padding));
    }
  }
}

/** Tokens of a row with `text`, `messages`, or `prompt` and `completion`; undefined for another one. */
async function rowEncoder({ modelDir, eosIds }: TokensRequest) {
  const tokenizer = await openTokenizer(modelDir);
  let chat: FoundChatTemplate | undefined;
  return async (row: Record<string, unknown>): Promise<Ids | undefined> => {
    const { prompt, completion, text, messages, tools } = row;
    const pair = typeof prompt === "string" && typeof completion === "string";
    if (!pair && !Array.isArray(messages))
      return typeof text === "string" ? withEnd(tokenizer, text, eosIds) : undefined;
    chat ??= await openChatTemplate(modelDir);
    const turns = pair
      ? [
          { role: "user", content: prompt },
          { role: "assistant", content: completion },
        ]
      : messages;
    const rendered = rendering(chat, { messages: turns, tools });
    return rendered === undefined ? undefined : tokenizer.encode(rendered, { specialTokens: false }).ids;
  };
}

/** Undefined for what is no conversation, or none that the template takes. */
function rendering({ template, tokens }: FoundChatTemplate, row: Record<string, unknown>): string | undefined {
  try {
    return renderChatDocument(template, row, { tokens });
  } catch (error) {
    if (error instanceof MdpError) return undefined;
    throw error;
  }
}

function withEnd(tokenizer: Tokenizer, text: string, eosIds: readonly number[]): Ids {
  const { ids } = tokenizer.encode(text);
  const end = tokenizer.special.eos ?? eosIds[0];
  if (end === undefined || ids.at(-1) === end) return ids;
  const ended = new Uint32Array(ids.length + 1);
  ended.set(ids);
  ended[ids.length] = end;
  return ended;
}

/** Ids one after the other, up to a limit. */
class IdStream {
  readonly #limit: number;
  #ids = new Int32Array(4096);
  length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.length >= this.#limit;
  }

  add(ids: Ids): void {
    const count = Math.min(ids.length, this.#limit - this.length);
    if (this.length + count > this.#ids.length) {
      const wider = new Int32Array(Math.max(this.#ids.length * 2, this.length + count));
      wider.set(this.#ids);
      this.#ids = wider;
    }
    for (let i = 0; i < count; i++) this.#ids[this.length + i] = ids[i]!;
    this.length += count;
  }

  ids(count: number): Int32Array {
    return this.#ids.slice(0, count);
  }
}
