/**
 * A statement without what differs from call to call: literals and parameters become `?`, lists of them one, comments
 * and the writer's spacing go, words are folded. Statements that differ only in these become the same text.
 */
import { type Dialect, dialects } from "./dialect.ts";
import { SqlScanner, token } from "./scanner.ts";
import { nameOf, WordCache } from "./words.ts";

const LITERAL = "?";

/** Types that stand before a literal: `date '2020-01-01'`. */
const TYPES = new Set(
  "bigint bit bool boolean box bytea char cidr circle date decimal float float4 float8 inet int int2 int4 int8 integer interval json jsonb lseg macaddr money numeric path point polygon real smallint text time timestamp timestamptz timetz uuid varchar xml".split(
    " ",
  ),
);

/** First words of statements in which TRUE, FALSE and NULL are values, and not parts of a definition. */
const QUERIES = new Set([
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "WITH",
  "VALUES",
  "MERGE",
  "REPLACE",
  "EXPLAIN",
  "CALL",
  "EXECUTE",
  "DECLARE",
  "PREPARE",
  "(",
]);

/** A list in which equal members are one: `IN (…)`, rows after VALUES, the elements of an array. */
interface Frame {
  /** What the bracket holds: a list, a row of VALUES, the operand of CAST, or anything else. */
  kind: "list" | "row" | "cast" | "other";
  /** Where the bracket stands in the output. */
  open: number;
  /** Where the current member begins in the output. */
  member: number;
  members: Set<string> | undefined;
  /** The rows of a VALUES that was opened in this frame, while they last. */
  rows: Set<string> | undefined;
}

/** Lists within lists that are made shorter: each looks at all that is inside it. */
const DEEPEST = 100;

/** Normalises one statement after another; holds the buffers that they share. */
export class Normaliser {
  readonly #scanner: SqlScanner;
  readonly #words = new WordCache();
  #text = "";
  #out: string[] = [];
  #frames: Frame[] = [];
  #at = 0;

  constructor(dialect: Dialect = dialects.generic) {
    this.#scanner = new SqlScanner(dialect);
  }

  /** The normalised statement, "" when there is nothing but comments. */
  normalise(text: string): string {
    const scanner = this.#scanner;
    scanner.scan(text);
    this.#text = text;
    this.#out = [];
    this.#frames = [newFrame("other", -1)];
    for (this.#at = 0; this.#at < scanner.count; this.#at++) this.#take();
    while (this.#out.at(-1) === ";") this.#out.pop();
    return join(this.#out);
  }

  /** Text of the token `offset` places on, folded when it is a word; "" behind the last one. */
  #peek(offset: number): string {
    const i = this.#at + offset;
    if (i < 0 || i >= this.#scanner.count) return "";
    const raw = this.#text.slice(this.#scanner.starts[i], this.#scanner.ends[i]);
    return this.#scanner.kinds[i] === token.word ? this.#words.of(raw) : raw;
  }

  #last(back = 1): string {
    return this.#out[this.#out.length - back] ?? "";
  }

  #take(): void {
    const kind = this.#scanner.kinds[this.#at]!;
    switch (kind) {
      case token.string:
      case token.number:
      case token.parameter:
        this.#literal(kind === token.string);
        return;
      case token.name:
        this.#name(nameOf(this.#peek(0)));
        return;
      case token.word:
        this.#word(this.#peek(0));
        return;
      default:
        this.#mark(this.#peek(0));
        return;
    }
  }

  #literal(isString: boolean): void {
    const out = this.#out;
    if (isString) {
      // Strings side by side are one, and a type before one only says how it is read.
      if (this.#last() === LITERAL && this.#scanner.kinds[this.#at - 1] === token.string) {
        this.#skipCast();
        return;
      }
      if (TYPES.has(this.#last()) && this.#last(2) !== "." && this.#last(2) !== "AS") out.pop();
      else if (/^(?:zone|precision|varying)$/.test(this.#last())) this.#dropLongType();
    }
    out.push(LITERAL);
    this.#skipCast();
  }

  /** `timestamp with time zone '…'`, `double precision '…'`. */
  #dropLongType(): void {
    const out = this.#out;
    const length = this.#last() === "zone" ? 4 : 2;
    if (/^(?:timestamp|time|double|character)$/.test(this.#last(length))) out.length -= length;
  }

  /** `?::type`: the cast of a literal is no more than a way to write it. */
  #skipCast(): void {
    while (this.#peek(1) === "::") {
      let skip = 2;
      while (this.#peek(skip + 1) === ".") skip += 2;
      skip++;
      while (/^(?:precision|varying)$/.test(this.#peek(skip))) skip++;
      if (this.#peek(skip) === "(") {
        while (this.#peek(skip) !== ")" && this.#peek(skip) !== "") skip++;
        skip++;
      }
      if (/^WITH(?:OUT)?$/.test(this.#peek(skip)) && this.#peek(skip + 1) === "time") skip += 3;
      while (this.#peek(skip) === "[" && this.#peek(skip + 1) === "]") skip += 2;
      this.#at += skip - 1;
    }
  }

  #name(name: string): void {
    const out = this.#out;
    const before = this.#last();
    // Programs make up a new name for each savepoint.
    const isSavepoint = before === "SAVEPOINT" || before === "RELEASE" || (before === "TO" && out[0] === "ROLLBACK");
    out.push(isSavepoint && name !== "SAVEPOINT" ? LITERAL : name);
  }

  #word(word: string): void {
    const out = this.#out;
    const before = this.#last();
    switch (word) {
      case "NULL":
      case "TRUE":
      case "FALSE":
        if (before !== "IS" && before !== "NOT" && QUERIES.has(out[0] ?? "")) {
          this.#literal(false);
          return;
        }
        break;
      case "AS":
        if (this.#isOptionalAs()) return;
        if (this.#frames.at(-1)!.kind === "cast" && before === LITERAL && this.#last(2) === "(") {
          this.#castEnd();
          return;
        }
        break;
      case "INNER":
        if (this.#peek(1) === "JOIN") return;
        break;
      case "TO":
        if (out[0] === "SET") {
          out.push("=");
          return;
        }
        break;
      case "SAVEPOINT":
        if (before === "RELEASE" || (before === "TO" && out[0] === "ROLLBACK")) return;
        break;
      case "OUTER":
        if (/^(?:LEFT|RIGHT|FULL)$/.test(before) && this.#peek(1) === "JOIN") return;
        break;
      case "VALUES":
        this.#frames.at(-1)!.rows = new Set();
        break;
      default:
        this.#name(word);
        return;
    }
    out.push(word);
  }

  /** `AS` before the alias of a column or table, where it may be left out. */
  #isOptionalAs(): boolean {
    const { kinds } = this.#scanner;
    const next = kinds[this.#at + 1];
    const before = kinds[this.#at - 1];
    if (this.#frames.at(-1)!.kind === "cast" || this.#out[0] === "CREATE") return false;
    if (
      before === undefined ||
      (before === token.word &&
        this.#last() === this.#last().toUpperCase() &&
        this.#last() !== LITERAL &&
        this.#last() !== "END")
    )
      return false;
    const word = this.#peek(1);
    return next === token.name || (next === token.word && word !== word.toUpperCase());
  }

  /** `CAST(? AS type)` is the literal. */
  #castEnd(): void {
    let skip = 1;
    let depth = 1;
    for (; depth > 0 && this.#peek(skip) !== ""; skip++) {
      if (this.#peek(skip) === "(") depth++;
      else if (this.#peek(skip) === ")") depth--;
    }
    this.#at += skip - 1;
    this.#out.length -= 3;
    this.#frames.pop();
    this.#out.push(LITERAL);
    this.#skipCast();
  }

  #mark(mark: string): void {
    const out = this.#out;
    const frame = this.#frames.at(-1)!;
    switch (mark) {
      case "(":
      case "[":
        this.#open(mark);
        return;
      case ")":
      case "]":
        this.#close(mark);
        return;
      case ",":
        if (frame.kind === "list") this.#endMember(frame);
        out.push(mark);
        if (frame.kind === "list") frame.member = out.length;
        return;
      case "-":
      case "+":
        // A sign in front of a number is a part of it.
        if (this.#scanner.kinds[this.#at + 1] === token.number && !this.#afterValue()) return;
        break;
      case "!=":
        out.push("<>");
        return;
      case ";":
        if (out.length === 0) return;
        break;
    }
    if (frame.rows && mark !== ",") frame.rows = undefined;
    out.push(mark);
  }

  #afterValue(): boolean {
    const last = this.#last();
    if (last === ")" || last === "]" || last === LITERAL || last.startsWith('"')) return true;
    return /^[^\W\d]/.test(last) && (last !== last.toUpperCase() || last === "END");
  }

  #open(mark: string): void {
    const out = this.#out;
    const before = this.#last();
    const parent = this.#frames.at(-1)!;
    let kind: Frame["kind"] = "other";
    if (this.#frames.length > DEEPEST) kind = "other";
    else if (before === "IN" || (mark === "[" && before === "ARRAY")) kind = "list";
    else if (before === "CAST") kind = "cast";
    else if (parent.rows !== undefined) kind = "row";
    out.push(mark);
    const frame = newFrame(kind, out.length - 1);
    if (kind === "list") frame.members = new Set();
    this.#frames.push(frame);
  }

  #close(mark: string): void {
    const out = this.#out;
    const frame = this.#frames.length > 1 ? this.#frames.pop()! : undefined;
    if (frame?.kind === "list") this.#endMember(frame);
    out.push(mark);
    const parent = this.#frames.at(-1)!;
    if (frame?.kind === "row" && parent.rows) this.#endRow(frame, parent.rows);
    else if (
      frame?.kind === "list" &&
      mark === "]" &&
      out.length === frame.open + 3 &&
      out[frame.open + 1] === LITERAL
    ) {
      this.#skipCast();
    }
  }

  /** Takes a member that the list has already out again, with the comma before it. */
  #endMember(frame: Frame): void {
    const out = this.#out;
    const members = frame.members!;
    const member = out.length - frame.member === 1 ? out[frame.member]! : out.slice(frame.member).join("\u0001");
    if (!members.has(member)) members.add(member);
    else if (out[frame.member - 1] === ",") out.length = frame.member - 1;
    // What follows is again a member, behind the comma that is still to come.
    if (out.at(-1) === ",") out.pop();
  }

  #endRow(frame: Frame, rows: Set<string>): void {
    const out = this.#out;
    const row = out.slice(frame.open).join("\u0001");
    if (!rows.has(row)) rows.add(row);
    else if (out[frame.open - 1] === ",") out.length = frame.open - 1;
  }
}

function newFrame(kind: Frame["kind"], open: number): Frame {
  return { kind, open, member: open + 1, members: undefined, rows: undefined };
}

/** Marks that stand close to what is before and behind them. */
const TIGHT = new Set([".", "::"]);

/** The pieces as text, spaced by rule. */
function join(out: readonly string[]): string {
  let text = "";
  let before = "";
  for (const piece of out) {
    if (text !== "" && isSpaced(before, piece)) text += " ";
    text += piece;
    before = piece;
  }
  return text;
}

function isSpaced(before: string, piece: string): boolean {
  if (TIGHT.has(before) || TIGHT.has(piece)) return false;
  if (before === "(" || before === "[" || piece === ")" || piece === "]" || piece === "," || piece === ";")
    return false;
  // A call, or a list of columns, stands close to its name; `ARRAY[` too.
  if (piece === "(") return !/^["a-z_\u0080-\uffff]|^CAST$/.test(before);
  if (piece === "[") return !/^["a-z_)\]]|^ARRAY$/.test(before);
  return true;
}
