/** Cuts a script into statements, as its client does: at `;` outside strings, comments, bodies and brackets. */
import { type Dialect, type DialectName, dialects } from "../../sql/dialect.ts";

export interface ScriptStatement {
  /** Without its end. */
  text: string;
  /** 1-based line on which it begins. */
  line: number;
  /** Database that the script chose before it (`USE`, `\connect`). */
  database: string | undefined;
  /** Characters of a statement over the limit, of which `text` is the beginning. */
  tooLong?: number;
}

/** How much of an overlong statement is kept, to show it. */
const KEPT_CHARS = 500;
const WORD = /[A-Za-z_0-9$]/;

/** The dialect that a script seems to be of. */
export function dialectOf(text: string): DialectName {
  if (/^\s*delimiter\s/im.test(text) || /`\w+`|\bENGINE\s*=|\bAUTO_INCREMENT\b|\/\*!\d{5}/i.test(text)) return "mysql";
  if (/\$\w*\$|^\\connect\b|::\w|\bserial\b|^COPY .* FROM stdin;/im.test(text)) return "postgres";
  return /\bAUTOINCREMENT\b|^\s*PRAGMA\s/im.test(text) ? "sqlite" : "generic";
}

/** Takes a script in parts; holds the statement that is not complete yet. */
export class ScriptSplitter {
  readonly #dialect: Dialect;
  readonly #limit: number;
  #text = "";
  #line = 1;
  #delimiter = ";";
  #database: string | undefined;
  /** Length at which an incomplete statement is looked at again, so that a long one is not read once per part. */
  #again = 0;
  /** The rows behind `COPY … FROM stdin` are being passed over. */
  #copying = false;
  /** Characters of an overlong statement that were let go, and its beginning. */
  #dropped: { length: number; line: number; text: string } | undefined;

  constructor(dialect: DialectName, limitChars: number) {
    this.#dialect = dialects[dialect];
    this.#limit = limitChars;
  }

  /** The statements that are complete now; with `last`, also one without an end. */
  *push(part: string, last = false): Generator<ScriptStatement, void, undefined> {
    this.#text += part;
    if (!last && this.#text.length < this.#again) return;
    let from = 0;
    while (from < this.#text.length) {
      const next = this.#next(from, last);
      if (next === undefined) break;
      if (next.statement) yield next.statement;
      from = next.end;
    }
    this.#text = this.#text.slice(from);
    this.#again = 2 * this.#text.length;
    if (this.#text.length > this.#limit) this.#drop();
    if (last && this.#dropped) yield this.#endDropped("");
  }

  /** The statement, or the line of the client, that begins at `from`; undefined when it is not complete. */
  #next(from: number, last: boolean): { end: number; statement?: ScriptStatement } | undefined {
    const text = this.#text;
    if (this.#copying) return this.#copied(from, last);
    if (!this.#dropped) {
      const start = this.#begin(from);
      if (start > from) {
        this.#count(from, start);
        return { end: start };
      }
      const command = this.#command(from, last);
      if (command !== undefined) return command === -1 ? undefined : { end: command };
    }
    const end = this.#end(from);
    if (end === -1 && !last) return undefined;
    const until = end === -1 ? text.length : end;
    const body = text.slice(from, until);
    const after = Math.min(text.length, until + (end === -1 ? 0 : this.#delimiter.length));
    const line = this.#line;
    this.#count(from, after);
    if (this.#dropped) return { end: after, statement: this.#endDropped(body) };
    if (body.length > this.#limit) {
      return { end: after, statement: this.#statement(body.slice(0, KEPT_CHARS), line, body.length) };
    }
    return { end: after, ...this.#made(body, line) };
  }

  #made(body: string, line: number): { statement?: ScriptStatement } {
    const database = /^use\s+[`"[]?([^`"\]\s;]+)[`"\]]?$/i.exec(body.trim())?.[1];
    if (database !== undefined) {
      this.#database = database;
      return {};
    }
    if (/^copy\b[\s\S]*\bfrom\s+stdin\b/i.test(body)) this.#copying = true;
    return body.trim() === "" ? {} : { statement: this.#statement(body.trimEnd(), line) };
  }

  #statement(text: string, line: number, tooLong?: number): ScriptStatement {
    return { text, line, database: this.#database, ...(tooLong === undefined ? {} : { tooLong }) };
  }

  /** Behind white space and comments, which belong to no statement of their own. */
  #begin(from: number): number {
    const text = this.#text;
    let at = from;
    while (at < text.length) {
      if (/[\s\ufeff]/.test(text[at]!)) at++;
      else if (text.startsWith("--", at) || (this.#dialect.hashComments && text[at] === "#")) {
        const end = text.indexOf("\n", at);
        if (end === -1) break;
        at = end + 1;
      } else if (text.startsWith("/*", at) && text[at + 2] !== "!") {
        const end = text.indexOf("*/", at + 2);
        if (end === -1) break;
        at = end + 2;
      } else break;
    }
    return at;
  }

  /** The end of a line that is meant for the client; -1 when it is not complete, undefined when this is none. */
  #command(from: number, last: boolean): number | undefined {
    const text = this.#text;
    const found = /^(?:\\|\.[a-z]|delimiter[ \t]|go[ \t]*\r?(?:\n|$))/i.test(text.slice(from, from + 12));
    if (!found) return undefined;
    const newline = text.indexOf("\n", from);
    if (newline === -1 && !last) return -1;
    const end = newline === -1 ? text.length : newline + 1;
    const line = text.slice(from, end).trim();
    const delimiter = /^delimiter\s+(\S+)/i.exec(line)?.[1];
    if (delimiter !== undefined) this.#delimiter = delimiter;
    this.#database = /^\\c(?:onnect)?\s+"?([\w$-]+)/.exec(line)?.[1] ?? this.#database;
    this.#count(from, end);
    return end;
  }

  #copied(from: number, last: boolean): { end: number } | undefined {
    const text = this.#text;
    const found = /(?:^|\n)\\\.\r?(?:\n|$)/.exec(from === 0 ? text : text.slice(from));
    const end = found ? from + found.index + found[0].length : text.length;
    // A mark that is cut in two is seen whole with the next part.
    const until = found || last ? end : Math.max(from, text.lastIndexOf("\n"));
    if (found) this.#copying = false;
    this.#count(from, until);
    return until === from && !found ? undefined : { end: until };
  }

  /** Where the delimiter that ends the statement stands; -1 when it is not here. */
  #end(from: number): number {
    const text = this.#text;
    const { backslash, hashComments, brackets, dollarQuotes } = this.#dialect;
    let depth = 0;
    let body = 0;
    let routine: number | undefined;
    for (let at = from; at < text.length; at++) {
      const char = text[at]!;
      if (depth <= 0 && body === 0 && text.startsWith(this.#delimiter, at)) return at;
      if (char === "'" || char === '"' || char === "`") {
        const escapes =
          char !== "`" &&
          (backslash || (char === "'" && /e/i.test(text[at - 1] ?? "") && !WORD.test(text[at - 2] ?? "")));
        at = closing(text, at, char, escapes);
      } else if (char === "[" && brackets) at = text.indexOf("]", at);
      else if (char === "$" && dollarQuotes && !WORD.test(text[at - 1] ?? "")) {
        const tag = /^\$(?:[A-Za-z_]\w*)?\$/.exec(text.slice(at, at + 70))?.[0];
        if (tag !== undefined) {
          const end = text.indexOf(tag, at + tag.length);
          at = end === -1 ? -1 : end + tag.length - 1;
        }
      } else if ((char === "-" && text[at + 1] === "-") || (char === "#" && hashComments)) at = text.indexOf("\n", at);
      else if (char === "/" && text[at + 1] === "*") {
        const end = text.indexOf("*/", at + 2);
        at = end === -1 ? -1 : end + 1;
      } else if (char === "(") depth++;
      else if (char === ")") depth--;
      else if (/[bce]/i.test(char) && !WORD.test(text[at - 1] ?? "")) {
        const word = /^(?:begin|case|end)\b/i.exec(text.slice(at, at + 6))?.[0].toLowerCase();
        // The body of a trigger, or of a function by the standard, has statements of its own.
        if (word !== undefined && this.#delimiter === ";") {
          routine ??= this.#routine(from);
          if (at >= routine) body = Math.max(0, body + (word === "end" ? endOf(text, at) : 1));
        }
        if (word !== undefined) at += word.length - 1;
      }
      if (at === -1) return -1;
    }
    return -1;
  }

  /** Where the body of a statement that makes a routine may begin; nowhere when it makes none. */
  #routine(from: number): number {
    const head = this.#text.slice(from, from + 2_000);
    const found = /^create\b[\s\S]*?\b(?:trigger|function|procedure|event)\b/i.exec(head);
    return found ? from + found[0].length : Number.POSITIVE_INFINITY;
  }

  #count(from: number, end: number): void {
    for (let at = this.#text.indexOf("\n", from); at !== -1 && at < end; at = this.#text.indexOf("\n", at + 1))
      this.#line++;
  }

  /** Lets go of a statement that is over the limit: its end is looked for line by line. */
  #drop(): void {
    const text = this.#text;
    this.#dropped ??= { length: 0, line: this.#line, text: text.slice(0, KEPT_CHARS) };
    this.#dropped.length += text.length;
    this.#count(0, text.length);
    this.#text = "";
    this.#again = 0;
  }

  #endDropped(rest: string): ScriptStatement {
    const { length, line, text } = this.#dropped!;
    this.#dropped = undefined;
    return this.#statement(text, line, length + rest.length);
  }
}

/** `END IF` and its like end no block that was counted. */
function endOf(text: string, at: number): number {
  return /^end\s+(?:if|loop|while|repeat)\b/i.test(text.slice(at, at + 20)) ? 0 : -1;
}

/** Where the quote that opened at `at` closes; -1 when it is not here. */
function closing(text: string, at: number, quote: string, escapes: boolean): number {
  for (let end = at + 1; end < text.length; end++) {
    if (escapes && text[end] === "\\") end++;
    else if (text[end] === quote) {
      if (text[end + 1] !== quote) return end;
      end++;
    }
  }
  return -1;
}
