/** Tokens to measure a model on: of JSONL rows, texts or shards, cut into pieces of one length. */
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { MdpError, UsageError } from "../../core/errors.ts";
import { Mt19937 } from "../../core/mt19937.ts";
import { ShardLoader } from "../../shard/loader.ts";
import { readShardIndex } from "../../shard/shard-index.ts";
import { type FoundChatTemplate, openChatTemplate } from "../../tokenizers/chat-template-files.ts";
import { openTokenizer } from "../../tokenizers/open.ts";
import { type JsonlRows, openJsonl, type Row } from "../../train/data/jsonl-rows.ts";
import { openCodec, type RowSettings } from "../../train/data/kinds.ts";
import { checkIds } from "../../train/data/rows.ts";
import { holdsShards } from "../../train/data/shard-batches.ts";

export interface TokensRequest {
  /** A JSONL or text file, a folder of them (`test.jsonl` before the others), or of shards. */
  data: string;
  /** Folder of the model, for its tokenizer. */
  modelDir: string;
  /** Tokens that end a text; the first one is put behind a text. */
  eosIds: readonly number[];
  /** Ids that the model knows: those below. */
  vocabSize: number;
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

/** @throws MdpError `too-few-tokens` when there is not one whole piece; `token-unknown` */
export async function evaluationTokens(request: TokensRequest): Promise<EvaluationTokens> {
  const { data, sequenceLength, numSamples } = request;
  if (!existsSync(data)) throw new UsageError(`there is no file or folder ${data}`, "name one after --data");
  const wanted = numSamples > 0 ? numSamples * sequenceLength : Number.POSITIVE_INFINITY;
  const counts = { rejects: 0 };
  const stream = new IdStream(wanted);
  for await (const { ids, where } of await sourceOf(request, counts)) {
    checkIds(ids, request.vocabSize, where);
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

/** Ids of one text, with the place where it stands. */
interface Piece {
  ids: Ids;
  where: string;
}

async function sourceOf(request: TokensRequest, counts: { rejects: number }): Promise<AsyncIterable<Piece>> {
  const { data } = request;
  if (!(await stat(data)).isDirectory())
    return data.endsWith(".jsonl") ? rows([data], request, counts) : texts([data], request);
  if (holdsShards(data)) return shards(data, request);
  const names = (await readdir(data)).sort();
  const jsonl = names.includes("test.jsonl") ? ["test.jsonl"] : names.filter((name) => name.endsWith(".jsonl"));
  const plain = names.filter((name) => name.endsWith(".txt") || name.endsWith(".md"));
  const paths = (found: string[]) => found.map((name) => join(data, name));
  if (jsonl.length > 0) return rows(paths(jsonl), request, counts);
  if (plain.length > 0) return texts(paths(plain), request);
  throw new UsageError(`${data} holds no JSONL, no text and no shards`, "name a file, or a folder that has some");
}

/** Rows in a random order, as mlx-lm draws them. */
async function* rows(paths: string[], request: TokensRequest, counts: { rejects: number }): AsyncGenerator<Piece> {
  const encode = await rowEncoder(request);
  const files: JsonlRows[] = [];
  try {
    for (const path of paths) files.push(openJsonl(path));
    const total = files.reduce((sum, { length }) => sum + length, 0);
    for (const drawn of new Mt19937(request.seed).permutation(total)) {
      let row = drawn;
      let file = 0;
      while (row >= files[file]!.length) row -= files[file++]!.length;
      const where = files[file]!.where(row);
      const ids = await encode(() => files[file]!.read(row), where);
      if (ids) yield { ids, where };
      else counts.rejects++;
    }
  } finally {
    for (const file of files) file[Symbol.dispose]();
  }
}

async function* texts(paths: string[], request: TokensRequest): AsyncGenerator<Piece> {
  const encode = await rowEncoder(request);
  for (const index of new Mt19937(request.seed).permutation(paths.length)) {
    const where = paths[index]!;
    const text = await Bun.file(where).text();
    yield { ids: (await encode(() => ({ text }), where))!, where };
  }
}

/** The documents of shards, or their rows, without padding. */
async function* shards(dir: string, { seed }: TokensRequest): AsyncGenerator<Piece> {
  const { splits } = (await readShardIndex(dir)).index;
  // What the model was trained on would look too well foreseen.
  const split = ["test", "val"].find((name) => (splits[name]?.samples ?? 0) > 0) ?? "train";
  using loader = await ShardLoader.open(dir, { shuffle: true, seed, batchSize: 8, split });
  for await (const { rows: count, length, input_ids: ids, segment_ids: segments } of loader) {
    for (let row = 0; row < count; row++) {
      const start = row * length;
      const padding = segments ? segments.subarray(start, start + length).indexOf(0) : -1;
      yield { ids: ids.subarray(start, start + (padding < 0 ? length : padding)), where: dir };
    }
  }
}

const keys: RowSettings = {
  promptFeature: "prompt",
  completionFeature: "completion",
  chatFeature: "messages",
  textFeature: "text",
  maskPrompt: false,
};
/** What a bad row throws, in contrast to a model without a chat template. */
const refusals = ["bad-row", "chat-template-failed"];

/** Tokens of rows of any kind that can be trained on; undefined for another one. */
async function rowEncoder({ modelDir, eosIds }: TokensRequest) {
  const tokenizer = await openTokenizer(modelDir);
  let found: Promise<FoundChatTemplate> | undefined;
  const chatTemplate = () => {
    found ??= openChatTemplate(modelDir);
    return found;
  };
  const tools = { tokenizer, eos: eosIds[0], chatTemplate };
  return async (read: () => Row, where: string): Promise<Ids | undefined> => {
    try {
      const row = read();
      const codec = await openCodec(row, where, keys, tools);
      codec.check(row, where);
      return codec.encode(row, where).ids;
    } catch (error) {
      if (error instanceof MdpError && refusals.includes(error.code)) return undefined;
      throw error;
    }
  };
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
