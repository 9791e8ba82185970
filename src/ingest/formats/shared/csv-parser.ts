/**
 * Records of a delimited table from parts of text: RFC 4180 with quotes, doubled quotes, newlines in quotes, any
 * newline. Memory is bounded by the largest record. A quote that is never closed costs its own row, not the file.
 */

export interface CsvRecord {
  fields: string[];
  /** 1-based line on which each field starts. */
  lines: number[];
  /** The record as it is written. */
  raw: string;
}

/** A record that could not be read. */
export interface CsvProblem {
  line: number;
  problem: "too-long" | "unclosed-quote";
  /** UTF-16 units seen of it. */
  length: number;
  raw: string;
}

/** How much of a bad record is kept, to show it. */
const EXCERPT_CHARS = 500;

export class CsvParser {
  readonly #delimiter: string;
  readonly #limit: number;
  #text = "";
  #at = 0;
  #line = 1;
  #ended = false;
  /** Inside an overlong record that is being skipped. */
  #skipping: { line: number; length: number; raw: string; quoted: boolean } | undefined;

  constructor(delimiter: string, limitChars: number) {
    this.#delimiter = delimiter;
    this.#limit = limitChars;
  }

  /** Adds text and returns every record that is complete now. */
  *push(text: string, last = false): Generator<CsvRecord | CsvProblem, void, undefined> {
    this.#text = this.#at === 0 ? this.#text + text : this.#text.slice(this.#at) + text;
    this.#at = 0;
    this.#ended = last;
    while (this.#at < this.#text.length) {
      const found = this.#skipping ? this.#skip() : this.#record();
      if (found === undefined) return;
      yield found;
    }
    if (last && this.#skipping) yield this.#endSkipping();
  }

  /** The next record, or undefined when more text is needed. */
  #record(): CsvRecord | CsvProblem | undefined {
    const text = this.#text;
    const begin = this.#at;
    const firstLine = this.#line;
    const fields: string[] = [];
    const lines: number[] = [];
    let at = begin;
    let line = firstLine;
    while (true) {
      lines.push(line);
      const field = text[at] === '"' ? this.#quoted(at) : this.#plain(at, at);
      if (field === undefined) return this.#incomplete(begin, text[at] === '"');
      if (field === "stray") return this.#resume(begin, firstLine);
      fields.push(field.value);
      line += field.newlines;
      at = field.end;
      if (text.startsWith(this.#delimiter, at)) {
        at += this.#delimiter.length;
        continue;
      }
      const raw = text.slice(begin, at);
      // A `\r` at the very end may be half of a `\r\n`.
      if (text[at] === "\r" && at + 1 === text.length && !this.#ended) return this.#incomplete(begin, false);
      this.#at = text.startsWith("\r\n", at) ? at + 2 : Math.min(at + 1, text.length);
      this.#line = line + 1;
      if (raw.length > this.#limit) return problem("too-long", firstLine, raw.length, raw);
      return { fields, lines, raw };
    }
  }

  /** A field from `start` up to the next delimiter or newline; `from` is where the search for it begins. */
  #plain(start: number, from: number): Field | undefined {
    const text = this.#text;
    let end = from;
    for (; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      if (unit === 10 || unit === 13 || unit === this.#delimiter.charCodeAt(0)) break;
    }
    if (end === text.length && !this.#ended) return undefined;
    return { value: text.slice(start, end), end, newlines: 0 };
  }

  #quoted(start: number): Field | "stray" | undefined {
    const text = this.#text;
    let at = start + 1;
    let doubled = false;
    while (true) {
      const quote = text.indexOf('"', at);
      if (quote === -1) return this.#ended ? "stray" : undefined;
      if (quote + 1 === text.length && !this.#ended) return undefined;
      if (text[quote + 1] === '"') {
        doubled = true;
        at = quote + 2;
        continue;
      }
      const inner = text.slice(start + 1, quote);
      const newlines = countNewlines(inner);
      const next = text[quote + 1];
      if (next === undefined || next === "\n" || next === "\r" || next === this.#delimiter) {
        return { value: doubled ? inner.replaceAll('""', '"') : inner, end: quote + 1, newlines };
      }
      // Text after a closing quote: on one line it is a field with quotes in it, over several a stray quote.
      return newlines > 0 ? "stray" : this.#plain(start, quote + 1);
    }
  }

  #incomplete(begin: number, inQuotes: boolean): CsvProblem | undefined {
    this.#at = begin;
    const length = this.#text.length - begin;
    if (length <= this.#limit) return undefined;
    // So many lines in one field: rather a quote that is never closed.
    if (inQuotes && this.#text.includes("\n", begin)) return this.#resume(begin, this.#line);
    const raw = this.#text.slice(begin, begin + EXCERPT_CHARS);
    this.#skipping = { line: this.#line, length: 0, raw, quoted: false };
    return this.#skip();
  }

  /** Drops text up to the end of an overlong record: the first newline outside quotes. */
  #skip(): CsvProblem | undefined {
    const skipping = this.#skipping!;
    const text = this.#text;
    for (let at = this.#at; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === 34) skipping.quoted = !skipping.quoted;
      if (unit !== 10) continue;
      this.#line++;
      if (skipping.quoted) continue;
      skipping.length += at - this.#at;
      this.#at = at + 1;
      return this.#endSkipping();
    }
    skipping.length += text.length - this.#at;
    this.#at = text.length;
    return undefined;
  }

  #endSkipping(): CsvProblem {
    const { line, length, raw } = this.#skipping!;
    this.#skipping = undefined;
    return problem("too-long", line, length, raw);
  }

  /** Gives up the first line of a record with a stray quote, and goes on with its second line. */
  #resume(begin: number, line: number): CsvProblem {
    const text = this.#text;
    const newline = text.indexOf("\n", begin);
    const end = newline === -1 ? text.length : newline + 1;
    const raw = text.slice(begin, end);
    this.#at = end;
    this.#line = line + countNewlines(raw);
    return problem("unclosed-quote", line, raw.length, raw);
  }
}

interface Field {
  value: string;
  /** Where the delimiter or newline after it stands. */
  end: number;
  newlines: number;
}

function problem(kind: CsvProblem["problem"], line: number, length: number, raw: string): CsvProblem {
  return { problem: kind, line, length, raw: raw.slice(0, EXCERPT_CHARS) };
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
