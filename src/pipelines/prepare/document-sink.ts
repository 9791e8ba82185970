/** Documents of one task as JSON Lines: `part_00012.jsonl` with `id`, `text` and `metadata`. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { sha256File } from "../../core/hash.ts";
import { NewFile } from "../../core/new-file.ts";
import { type DocumentRecord, idOfDocument } from "../../curate/document-file.ts";
import type { Kept, Sink } from "./finish-task.ts";
import { type Layout, taskName } from "./layout.ts";
import type { FinishRecord } from "./records.ts";

/** Bytes that are gathered before they are written. */
const BUFFER_CHARS = 1 << 20;

export class DocumentSink implements Sink {
  readonly #path: string;
  readonly #file: NewFile;
  readonly #record: FinishRecord;
  #lines: string[] = [];
  #chars = 0;

  private constructor(path: string, file: NewFile, record: FinishRecord) {
    this.#path = path;
    this.#file = file;
    this.#record = record;
  }

  static async create(layout: Layout, task: number, record: FinishRecord): Promise<DocumentSink> {
    const path = `part_${taskName(task)}.jsonl`;
    return new DocumentSink(path, await NewFile.create(join(layout.dir, path)), record);
  }

  async add({ record, text }: Kept): Promise<number> {
    const line = `${JSON.stringify({ id: idOfDocument(record), text, metadata: metadataOf(record) })}\n`;
    this.#lines.push(line);
    this.#chars += line.length;
    if (this.#chars >= BUFFER_CHARS) await this.#flush();
    return 0;
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.commit();
    this.#record.output = await outputOf(this.#file.path, this.#path);
  }

  discard(): Promise<void> {
    return this.#file.discard();
  }

  async #flush(): Promise<void> {
    if (this.#chars === 0) return;
    await this.#file.append(Buffer.from(this.#lines.join("")));
    this.#lines = [];
    this.#chars = 0;
  }
}

/** What the manifest says of a file that is in its place; `path` is its name in the output folder. */
export async function outputOf(file: string, path: string): Promise<NonNullable<FinishRecord["output"]>> {
  return { path, bytes: statSync(file).size, sha256: await sha256File(file) };
}

/** Everything that is known of a document but its id and text. */
export function metadataOf({
  uri,
  title,
  kind,
  lang,
  metadata,
  scores,
  tags,
}: DocumentRecord): Record<string, unknown> {
  const { id: _, ...rest } = metadata;
  return { ...rest, source: uri, title, kind, ...(lang === null ? {} : { lang }), ...tags, scores };
}
