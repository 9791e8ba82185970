/** Lines of text from parts of it, numbered, with bounded memory. */

export interface TextLine {
  /** 1-based. */
  line: number;
  text: string;
  /** Characters of a line over the limit, of which `text` is the beginning. */
  tooLong?: number;
}

/** How much of an overlong line is kept, to show it. */
const KEPT_CHARS = 500;

export class LineSplitter {
  readonly #limit: number;
  #rest = "";
  /** Characters of the rest that were let go. */
  #dropped = 0;
  #line = 1;

  constructor(limitChars: number) {
    this.#limit = limitChars;
  }

  /** The lines that are complete now, without their ends; with `last`, also one without an end. */
  *push(part: string, last = false): Generator<TextLine, void, undefined> {
    let start = 0;
    for (let end = part.indexOf("\n"); end !== -1; end = part.indexOf("\n", start)) {
      yield this.#take(part.slice(start, end));
      start = end + 1;
    }
    const rest = start === 0 ? part : part.slice(start);
    if (this.#rest.length + rest.length <= this.#limit) this.#rest += rest;
    else {
      this.#dropped += this.#rest.length + rest.length - KEPT_CHARS;
      this.#rest = (this.#rest.slice(0, KEPT_CHARS) + rest.slice(0, KEPT_CHARS)).slice(0, KEPT_CHARS);
    }
    if (last && (this.#rest !== "" || this.#dropped > 0)) yield this.#take("");
  }

  #take(end: string): TextLine {
    const text = this.#rest === "" ? end : this.#rest + end;
    const length = text.length + this.#dropped;
    this.#rest = "";
    this.#dropped = 0;
    const line = this.#line++;
    if (length > this.#limit) return { line, text: text.slice(0, KEPT_CHARS), tooLong: length };
    return { line, text: text.endsWith("\r") ? text.slice(0, -1) : text };
  }
}
