/** Staged documents of all tasks under one numbering: task by task, from zero; those of earlier corpora behind them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../../core/errors.ts";
import { DocumentFile, idOfDocument } from "../../curate/document-file.ts";
import { taskName } from "./layout.ts";

/** Documents of one run. */
export interface DocumentFolder {
  /** Where the files of the tasks lie; an earlier run may have kept none. */
  folder: string;
  /** First number of each task, then the count of all. */
  bases: number[];
}

/** Files that stay open; documents that are compared come in clusters. */
const OPEN_FILES = 32;

export class StagedDocuments implements Disposable {
  readonly #parts: { folder: string; bases: readonly number[]; first: number; there: boolean }[] = [];
  readonly #open = new Map<string, DocumentFile>();
  readonly count: number = 0;

  /** @param folders the run's own, then those of earlier corpora in their order */
  constructor(folders: readonly DocumentFolder[]) {
    for (const { folder, bases } of folders) {
      this.#parts.push({ folder, bases, first: this.count, there: existsSync(folder) });
      this.count += bases.at(-1) ?? 0;
    }
  }

  /** Undefined when the earlier run that had the document kept no texts. */
  text(number: number): string | undefined {
    const { file, index } = this.#find(number);
    return file?.text(index);
  }

  /** What a document is called in reports. */
  id(number: number): string {
    const { file, index, folder } = this.#find(number);
    return file ? idOfDocument(file.record(index)) : `${folder}#${index}`;
  }

  [Symbol.dispose](): void {
    for (const file of this.#open.values()) file[Symbol.dispose]();
    this.#open.clear();
  }

  #find(number: number): { file: DocumentFile | undefined; index: number; folder: string } {
    const part = this.#parts.findLast(({ first }) => first <= number);
    assert(part && number < this.count, `document ${number} is one of ${this.count}`);
    const { bases, folder, there } = part;
    const inside = number - part.first;
    let low = 0;
    let high = bases.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (bases[middle]! <= inside) low = middle;
      else high = middle - 1;
    }
    return {
      file: there ? this.#file(join(folder, `${taskName(low)}.docs`)) : undefined,
      index: inside - bases[low]!,
      folder,
    };
  }

  #file(path: string): DocumentFile {
    const known = this.#open.get(path);
    if (known) {
      // Back to the end: the first one is the longest unused.
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const [oldest] = this.#open.keys();
    if (this.#open.size >= OPEN_FILES && oldest !== undefined) {
      this.#open.get(oldest)![Symbol.dispose]();
      this.#open.delete(oldest);
    }
    const file = new DocumentFile(path);
    this.#open.set(path, file);
    return file;
  }
}
