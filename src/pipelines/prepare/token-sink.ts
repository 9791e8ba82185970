/** Documents of one task as tokens, each ended by the separator, with the split that its cluster belongs to. */
import { MdpError, UsageError } from "../../core/errors.ts";
import { idOf } from "../../core/hash.ts";
import { idOfDocument } from "../../curate/document-file.ts";
import { TokenFileWriter } from "../../shard/staging/token-file-writer.ts";
import { IdBuffer } from "../../tokenizers/id-buffer.ts";
import { openTokenizer } from "../../tokenizers/open.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { CHAT_KIND } from "./chat-rows.ts";
import type { Kept, Sink } from "./finish-task.ts";
import type { Layout } from "./layout.ts";
import type { Plan } from "./plan.ts";
import type { FinishRecord } from "./records.ts";
import { SplitAssigner } from "./splits.ts";

/** Opened once per process and plan: a vocabulary takes longer to read than many tasks. */
let opened: { plan: string; tokenizer: Tokenizer } | undefined;

export async function tokenizerOf({ id, settings }: Plan): Promise<Tokenizer> {
  if (opened?.plan !== id) opened = { plan: id, tokenizer: await openTokenizer(settings.shard.tokenizer!) };
  return opened.tokenizer;
}

/**
 * The token that ends each document, or null when none does.
 *
 * @throws UsageError when the tokenizer has no such token
 */
export function separatorOf(tokenizer: Tokenizer, setting: string): number | null {
  if (setting === "none") return null;
  const id = setting === "auto" ? (tokenizer.special.sep ?? tokenizer.special.eos) : tokenizer.tokenToId(setting);
  if (id !== undefined) return id;
  throw new UsageError(
    setting === "auto"
      ? "the tokenizer names no token that separates or ends documents"
      : `the tokenizer has no token "${setting}"`,
    "name one with --separator TOKEN, or take --separator none",
  );
}

export class TokenSink implements Sink {
  readonly #file: TokenFileWriter;
  readonly #tokenizer: Tokenizer;
  readonly #separator: number | null;
  readonly #assigner: SplitAssigner;
  readonly #task: number;
  readonly #record: FinishRecord;
  readonly #ids = new IdBuffer();

  private constructor(
    file: TokenFileWriter,
    tokenizer: Tokenizer,
    separator: number | null,
    assigner: SplitAssigner,
    task: number,
    record: FinishRecord,
  ) {
    this.#file = file;
    this.#tokenizer = tokenizer;
    this.#separator = separator;
    this.#assigner = assigner;
    this.#task = task;
    this.#record = record;
    for (const { name } of assigner.splits) record.splits[name] = { documents: 0, tokens: 0 };
  }

  static async create(layout: Layout, plan: Plan, task: number, record: FinishRecord): Promise<TokenSink> {
    const tokenizer = await tokenizerOf(plan);
    const file = await TokenFileWriter.create(layout.taskFile("tokens", task), { vocabSize: tokenizer.vocabSize });
    const { shard } = plan.settings;
    const separator = separatorOf(tokenizer, shard.separator);
    return new TokenSink(file, tokenizer, separator, new SplitAssigner(layout, shard), task, record);
  }

  async add({ record, text, original, leader }: Kept): Promise<number> {
    const ids = this.#ids;
    ids.clear();
    this.#tokenizer.encodeInto(text, ids);
    // The end of a conversation may stand in its template.
    const ended = record.kind === CHAT_KIND && ids.ids[ids.length - 1] === this.#separator;
    if (this.#separator !== null && !ended) ids.push(this.#separator);
    const split = this.#assigner.assign(original, leader);
    await this.#file.add(ids.ids.subarray(0, ids.length), { id: documentId(idOfDocument(record)), split });
    const counts = this.#record.splits[this.#assigner.splits[split]!.name]!;
    counts.documents++;
    counts.tokens += ids.length;
    return ids.length;
  }

  removed(original: () => string, leader: () => string): void {
    if (this.#assigner.remembers) this.#assigner.noteRemoved(original(), leader());
  }

  async finish(): Promise<void> {
    using assigner = this.#assigner;
    await this.#file.commit();
    assigner.write(this.#task);
    this.#record.joinedSplits = assigner.joined;
  }

  discard(): Promise<void> {
    this.#assigner[Symbol.dispose]();
    return this.#file.discard();
  }
}

/** 64 bits of a document's id, as flat shards keep it. */
function documentId(id: string): bigint {
  return BigInt(`0x${idOf(id).slice(0, 16)}`);
}

/** @throws MdpError when the separator or the tokenizer cannot be used, before any work is done */
export async function checkTokenizer(path: string, separator: string): Promise<void> {
  const tokenizer = await openTokenizer(path);
  if (tokenizer.vocabSize > 2 ** 32) {
    throw new MdpError({ code: "vocabulary-too-large", message: "ids of tokens have at most 32 bits", where: path });
  }
  separatorOf(tokenizer, separator);
}
