/** Writes Markdown-like text from a tree of elements, and remembers which source line each stretch came from. */
import type { Segment } from "../../../core/document.ts";

/** Deeper nesting is written at this depth: a margin must not outgrow the text. */
const MAX_MARGIN_DEPTH = 8;

export class BlockWriter {
  readonly segments: Segment[] = [];
  /** 1-based page of what is written from now on, for paged sources. */
  page: number | undefined;
  readonly #parts: string[] = [];
  readonly #margins: string[] = [];
  #length = 0;
  #line = 0;
  #page: number | undefined;
  /** Newlines and spaces owed before the next text. */
  #newlines = 0;
  #space = false;
  /** Written once before the next text: `## `, `- `. */
  #marker = "";
  /** How much of the margin the marker takes the place of. */
  #hang = 0;

  get text(): string {
    return this.#parts.join("");
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Ends the line (1) or the paragraph (2). */
  break(newlines: 1 | 2): void {
    this.#space = false;
    if (this.#length > 0) this.#newlines = Math.max(this.#newlines, newlines);
  }

  /** Adds to what the next text starts with, once. A hanging marker stands in the innermost margin. */
  mark(marker: string, hang: 0 | 1 = 0): void {
    this.#marker += marker;
    if (hang) this.#hang = marker.length;
  }

  /** Forgets a marker that no text came for. */
  unmark(): void {
    this.#marker = "";
    this.#hang = 0;
  }

  /** What every line starts with from now on, until `outdent`. */
  indent(margin: string): void {
    this.#margins.push(margin);
  }

  outdent(): void {
    this.#margins.pop();
  }

  /** Text in which any white space is one space; it starts at `line` of the source and counts its newlines. */
  inline(text: string, line: number): void {
    let current = line;
    for (const piece of text.split("\n")) {
      if (current > line) this.#space = true;
      this.#collapsed(piece, current++);
    }
  }

  /** One line as it is. */
  verbatim(text: string, line: number): void {
    this.#open(line);
    this.#write(text);
  }

  #collapsed(text: string, line: number): void {
    const words = text.replace(/[\s\u00a0]+/g, " ");
    const trimmed = words.trim();
    if (words.startsWith(" ")) this.#space = true;
    if (trimmed === "") return;
    this.#open(line);
    this.#write(trimmed);
    this.#space = words.endsWith(" ");
  }

  /** Writes what is owed, and notes the position when it changed. */
  #open(line: number): void {
    const { page } = this;
    const fresh = this.#length === 0 || this.#newlines > 0;
    if (this.#newlines > 0) this.#write("\n".repeat(this.#newlines));
    else if (this.#space && !fresh) this.#write(" ");
    this.#newlines = 0;
    this.#space = false;
    if (line !== this.#line || page !== this.#page) {
      this.segments.push({ start: this.#length, line, step: 0, ...(page === undefined ? {} : { page }) });
      this.#line = line;
      this.#page = page;
    }
    if (fresh) {
      const margin = this.#margins.slice(0, MAX_MARGIN_DEPTH).join("");
      this.#write(margin.slice(0, Math.max(0, margin.length - this.#hang)));
    }
    this.#write(this.#marker);
    this.unmark();
  }

  #write(text: string): void {
    if (text === "") return;
    this.#parts.push(text);
    this.#length += text.length;
  }
}
