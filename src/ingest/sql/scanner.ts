/** Cuts a statement into tokens, in one pass over its characters, into buffers that are used again and again. */
import type { Dialect } from "./dialect.ts";

/** What a token is. Comments and white space are no tokens. */
export const token = { word: 1, name: 2, string: 3, number: 4, parameter: 5, mark: 6 } as const;

const SPACE = 32;
const DOUBLE = 34;
const HASH = 35;
const DOLLAR = 36;
const PERCENT = 37;
const SINGLE = 39;
const STAR = 42;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const COLON = 58;
const EQUALS = 61;
const QUESTION = 63;
const AT = 64;
const BRACKET = 91;
const BACKSLASH = 92;
const BRACKET_END = 93;
const UNDERSCORE = 95;
const BACKTICK = 96;

/** Bit 1: begins a word; 2: goes on in one; 4: digit; 8: part of an operator of several characters. */
const CLASS = new Uint8Array(128);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") CLASS[char.charCodeAt(0)] = 3;
for (const char of "0123456789") CLASS[char.charCodeAt(0)] = 6;
CLASS[DOLLAR]! |= 2;
for (const char of "+-*/<>=~!@#%^&|?") CLASS[char.charCodeAt(0)]! |= 8;

function classOf(unit: number): number {
  return unit < 128 ? CLASS[unit]! : 3;
}

/** Prefixes of strings: `E'…'`, `b'01'`, `x'ff'`, `N'…'`, `U&'…'` and MySQL's `_utf8'…'`. */
function isStringPrefix(text: string, start: number, end: number): boolean {
  return text.charCodeAt(start) === UNDERSCORE || (end - start === 1 && /[ebxnr]/i.test(text[start]!));
}

/** Owns the buffers of one scan after another; what a scan found is valid until the next one. */
export class SqlScanner {
  count = 0;
  kinds = new Uint8Array(256);
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  /** Where a string, name or comment that began is not closed at the end of the text: its start, else -1. */
  open = -1;
  #text = "";
  #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Scans a whole statement. */
  scan(text: string): void {
    this.#text = text;
    this.count = 0;
    this.open = -1;
    let at = 0;
    while (at < text.length) at = this.#step(at);
  }

  /** Scans what begins at `at`, and gives the place behind it. */
  #step(at: number): number {
    const text = this.#text;
    const unit = text.charCodeAt(at);
    if (unit <= SPACE || unit === 0xa0 || unit === 0xfeff) return at + 1;
    const kind = classOf(unit);
    if (kind & 1) return this.#word(at);
    if (kind & 4 || (unit === DOT && this.#digitAt(at + 1))) return this.#number(at);
    switch (unit) {
      case SINGLE:
        return this.#quoted(at, at, SINGLE, token.string, this.#dialect.backslash);
      case DOUBLE: {
        const kind = this.#dialect.doubleQuotedStrings ? token.string : token.name;
        return this.#quoted(at, at, DOUBLE, kind, this.#dialect.backslash);
      }
      case BACKTICK:
        return this.#quoted(at, at, BACKTICK, token.name, false);
      case MINUS:
        if (text.charCodeAt(at + 1) === MINUS) return this.#lineEnd(at);
        break;
      case HASH:
        if (this.#dialect.hashComments) return this.#lineEnd(at);
        break;
      case SLASH:
        if (text.charCodeAt(at + 1) === STAR) return this.#comment(at);
        break;
      case STAR:
        // The end of MySQL's `/*!40101 … */`.
        if (this.#dialect.name === "mysql" && text.charCodeAt(at + 1) === SLASH) return at + 2;
        break;
      case BRACKET:
        if (this.#dialect.brackets) return this.#quoted(at, at, BRACKET_END, token.name, false);
        break;
      case DOLLAR:
        return this.#dollar(at);
      case COLON:
        return this.#colon(at);
      case AT:
        if (classOf(text.charCodeAt(at + 1)) & 1 && !this.#afterValue()) return this.#parameter(at, at + 1);
        break;
      case QUESTION:
        if (!this.#afterValue()) return this.#parameter(at, at + 1);
        break;
      case PERCENT:
        if (!this.#afterValue()) {
          const format = /^%(?:s|\(\w+\)s)/.exec(text.slice(at, at + 80));
          if (format) return this.#push(token.parameter, at, at + format[0].length);
        }
        break;
    }
    return kind & 8 ? this.#operator(at) : this.#push(token.mark, at, at + 1);
  }

  #push(kind: number, start: number, end: number): number {
    const i = this.count++;
    if (i === this.kinds.length) this.#grow();
    this.kinds[i] = kind;
    this.starts[i] = start;
    this.ends[i] = end;
    return end;
  }

  #grow(): void {
    const { kinds, starts, ends } = this;
    this.kinds = new Uint8Array(2 * kinds.length);
    this.starts = new Int32Array(2 * kinds.length);
    this.ends = new Int32Array(2 * kinds.length);
    this.kinds.set(kinds);
    this.starts.set(starts);
    this.ends.set(ends);
  }

  #digitAt(at: number): boolean {
    return (classOf(this.#text.charCodeAt(at)) & 4) !== 0 && at < this.#text.length;
  }

  /** Whether the last token may end a value, so that what follows is an operator. */
  #afterValue(): boolean {
    const last = this.count - 1;
    if (last < 0) return false;
    const kind = this.kinds[last]!;
    if (kind === token.mark) return /[)\]]/.test(this.#text[this.starts[last]!]!);
    if (kind !== token.word) return true;
    const word = this.#text.slice(this.starts[last]!, this.ends[last]!);
    return !/^(?:and|as|between|by|call|else|ilike|in|is|like|limit|not|offset|or|return|returning|select|set|then|values|when|where)$/i.test(
      word,
    );
  }

  #word(at: number): number {
    const text = this.#text;
    let end = at + 1;
    while (end < text.length && classOf(text.charCodeAt(end)) & 2) end++;
    const next = text.charCodeAt(end);
    if (next === SINGLE && isStringPrefix(text, at, end)) {
      const escapes = this.#dialect.backslash || (text.charCodeAt(at) | 32) === 101;
      return this.#quoted(at, end, SINGLE, token.string, escapes);
    }
    if (next === 38 && end - at === 1 && (text.charCodeAt(at) | 32) === 117) {
      const quote = text.charCodeAt(end + 1);
      if (quote === SINGLE) return this.#quoted(at, end + 1, SINGLE, token.string, false);
      if (quote === DOUBLE) return this.#quoted(at, end + 1, DOUBLE, token.name, false);
    }
    return this.#push(token.word, at, end);
  }

  #number(at: number): number {
    const text = this.#text;
    if (text.charCodeAt(at) === 48 && /[xXbBoO]/.test(text[at + 1] ?? "")) {
      let end = at + 2;
      while (end < text.length && classOf(text.charCodeAt(end)) & 2) end++;
      return this.#push(token.number, at, end);
    }
    let end = at;
    while (this.#digitAt(end) || text.charCodeAt(end) === UNDERSCORE) end++;
    // Two dots are a range of a procedural language.
    if (text.charCodeAt(end) === DOT && text.charCodeAt(end + 1) !== DOT) {
      end++;
      while (this.#digitAt(end) || text.charCodeAt(end) === UNDERSCORE) end++;
    }
    if ((text.charCodeAt(end) | 32) === 101) {
      const sign = /[+-]/.test(text[end + 1] ?? "") ? 2 : 1;
      if (this.#digitAt(end + sign)) {
        end += sign;
        while (this.#digitAt(end)) end++;
      }
    }
    return this.#push(token.number, at, end);
  }

  /** `from` is where the opening quote stands, behind a prefix. A doubled quote is one quote. */
  #quoted(at: number, from: number, quote: number, kind: number, escapes: boolean): number {
    const text = this.#text;
    let end = from + 1;
    for (; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      if (unit === BACKSLASH && escapes) end++;
      else if (unit === quote) {
        if (text.charCodeAt(end + 1) !== quote) return this.#push(kind, at, end + 1);
        end++;
      }
    }
    this.open = at;
    return this.#push(kind, at, text.length);
  }

  #lineEnd(at: number): number {
    const end = this.#text.indexOf("\n", at);
    return end === -1 ? this.#text.length : end + 1;
  }

  /** Comments nest, as in the standard; MySQL's do not. */
  #comment(at: number): number {
    const text = this.#text;
    if (this.#dialect.name === "mysql") {
      // What stands in `/*!40101 … */` is run by the server.
      const version = /^\/\*!\d*/.exec(text.slice(at, at + 10));
      if (version) return at + version[0].length;
    }
    let depth = 1;
    for (let end = at + 2; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      if (unit === STAR && text.charCodeAt(end + 1) === SLASH) {
        end++;
        if (--depth === 0 || this.#dialect.name === "mysql") return end + 1;
      } else if (unit === SLASH && text.charCodeAt(end + 1) === STAR) {
        end++;
        depth++;
      }
    }
    this.open = at;
    return text.length;
  }

  #dollar(at: number): number {
    const text = this.#text;
    if (this.#digitAt(at + 1)) return this.#parameter(at, at + 1);
    let end = at + 1;
    while (end < text.length && text.charCodeAt(end) !== DOLLAR && classOf(text.charCodeAt(end)) & 2) end++;
    if (this.#dialect.dollarQuotes && text.charCodeAt(end) === DOLLAR) {
      const tag = text.slice(at, end + 1);
      const close = text.indexOf(tag, end + 1);
      if (close === -1) this.open = at;
      return this.#push(token.string, at, close === -1 ? text.length : close + tag.length);
    }
    return end > at + 1 ? this.#push(token.parameter, at, end) : this.#push(token.mark, at, at + 1);
  }

  #colon(at: number): number {
    const text = this.#text;
    const next = text.charCodeAt(at + 1);
    if (next === COLON || next === EQUALS) return this.#push(token.mark, at, at + 2);
    if (next === SINGLE) return this.#quoted(at, at + 1, SINGLE, token.parameter, false);
    // `a[1:n]` is a slice.
    const slice = this.count > 0 && this.kinds[this.count - 1] === token.number;
    if (at + 1 < text.length && classOf(next) & 2 && !slice) return this.#parameter(at, at + 1);
    return this.#push(token.mark, at, at + 1);
  }

  #parameter(at: number, from: number): number {
    const text = this.#text;
    let end = from;
    while (end < text.length && classOf(text.charCodeAt(end)) & 2) end++;
    return this.#push(token.parameter, at, end);
  }

  /** As many characters as belong together; PostgreSQL's rule for signs at the end holds for all. */
  #operator(at: number): number {
    const text = this.#text;
    let end = at + 1;
    while (end < text.length && classOf(text.charCodeAt(end)) & 8) {
      const unit = text.charCodeAt(end);
      const next = text.charCodeAt(end + 1);
      if ((unit === MINUS && next === MINUS) || (unit === SLASH && next === STAR)) break;
      if (unit === QUESTION && !/[@?]/.test(text[at]!)) break;
      if (unit === AT && classOf(next) & 1 && !/[<@]/.test(text[end - 1]!)) break;
      end++;
    }
    if (text.charCodeAt(at) === STAR) end = at + 1;
    // A sign at the end belongs to the value behind it, unless the operator is one of those that may end so.
    while (end > at + 1 && /[+-]/.test(text[end - 1]!)) {
      if (/[~!@#%^&|?]/.test(text.slice(at, end)) && !/[=<>]/.test(text[end - 2]!)) break;
      end--;
    }
    return this.#push(token.mark, at, end);
  }
}
