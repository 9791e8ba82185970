/** Staged documents of all tasks under one numbering: task by task, from zero. */
import { assert } from "../../core/errors.ts";
import { DocumentFile, idOfDocument } from "../../curate/document-file.ts";
import type { Layout } from "./layout.ts";

/** Files that stay open; documents that are compared come in clusters. */
const OPEN_FILES = 32;

export class StagedDocuments implements Disposable {
  readonly #layout: Layout;
  /** First number of each task, then the count of all. */
  readonly #bases: readonly number[];
  readonly #open = new Map<number, DocumentFile>();

  constructor(layout: Layout, bases: readonly number[]) {
    this.#layout = layout;
    this.#bases = bases;
  }

  get count(): number {
    return this.#bases.at(-1) ?? 0;
  }

  text(number: number): string {
    const { file, index } = this.#find(number);
    return file.text(index);
  }

  /** What a document is called in reports. */
  id(number: number): string {
    const { file, index } = this.#find(number);
    return idOfDocument(file.record(index));
  }

  [Symbol.dispose](): void {
    for (const file of this.#open.values()) file[Symbol.dispose]();
    this.#open.clear();
  }

  #find(number: number): { file: DocumentFile; index: number } {
    assert(number >= 0 && number < this.count, `document ${number} is one of ${this.count}`);
    let low = 0;
    let high = this.#bases.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#bases[middle]! <= number) low = middle;
      else high = middle - 1;
    }
    return { file: this.#file(low), index: number - this.#bases[low]! };
  }

  #file(task: number): DocumentFile {
    const known = this.#open.get(task);
    if (known) {
      // Back to the end: the first one is the longest unused.
      this.#open.delete(task);
      this.#open.set(task, known);
      return known;
    }
    const [oldest] = this.#open.keys();
    if (this.#open.size >= OPEN_FILES && oldest !== undefined) {
      this.#open.get(oldest)![Symbol.dispose]();
      this.#open.delete(oldest);
    }
    const file = new DocumentFile(this.#layout.taskFile("documents", task));
    this.#open.set(task, file);
    return file;
  }
}
