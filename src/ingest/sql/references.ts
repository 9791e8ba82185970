/** What a normalised statement is and touches: its type, and the tables and columns that it names. */
import { Cursor } from "./cursor.ts";
import { Names, plain } from "./names.ts";
import { token } from "./scanner.ts";

export interface References {
  /** First word, lowercase: `select`, `insert`, …; that of the main query after WITH or EXPLAIN. */
  type: string;
  /** Tables and views, with their schema where the statement names it; sorted. Names made by WITH are none. */
  tables: string[];
  /** Columns without their tables, sorted; aliases are none. */
  columns: string[];
}

/** One bracket, or the statement itself. */
interface Frame {
  /** `from`: names stand for tables; `sort`: for columns or the aliases of them; `skip`: for neither. */
  clause: "none" | "from" | "sort" | "skip";
  /** The next name is a table. */
  expect: boolean;
  /** A SELECT, VALUES or WITH was seen here: a query of its own. */
  query: boolean;
  /** Function whose arguments these are, lowercase. */
  call: string;
  /** Names that WITH made here. */
  made: Set<string>;
  /** The name whose body the next bracket is. */
  making: string;
}

const words = (text: string) => new Set(text.split(" "));

const DEFINES = words("alter create drop truncate lock vacuum analyze cluster reindex copy comment refresh");
const QUERIES = words("select insert update delete merge replace values with table");
/** Functions whose arguments are joined by FROM. */
const FROM_CALLS = words("extract substring substr trim overlay position");
/** Values without brackets. */
const VALUES = words("current_catalog current_role current_schema");
/** Keywords that end the names of tables. */
const ENDS = words("set where limit returning window union when");
/** Keywords behind which a name is neither table nor column. */
const BEFORE_OTHERS = words("collate constraint fetch nulls");

/** Brackets within brackets that are told apart; servers refuse deeper ones long before. */
const DEEPEST = 500;

/** Finds what a normalised statement refers to; see `Normaliser` for the form. */
export class ReferenceFinder {
  readonly #cursor = new Cursor();
  #names = new Names();
  /** Type of the statement as far as it is known, and of the first one where there are several. */
  #type = "";
  #first = "";
  #frames: Frame[] = [];
  /** Open brackets that are too deep to have a frame. */
  #deeper = 0;
  /** The token that follows `DISTINCT ON (…)`, and so is no alias. */
  #notAlias = -1;

  find(normalised: string): References {
    const cursor = this.#cursor;
    cursor.open(normalised);
    this.#frames = [frame()];
    this.#names = new Names();
    this.#type = "";
    this.#first = "";
    this.#notAlias = -1;
    this.#deeper = 0;
    for (; !cursor.ended; cursor.at++) this.#take();
    return { type: this.#first || this.#type, tables: this.#names.tables(), columns: this.#names.columns() };
  }

  get #frame(): Frame {
    return this.#frames.at(-1)!;
  }

  #take(): void {
    const cursor = this.#cursor;
    if (cursor.isKeyword()) this.#keyword(cursor.piece().toLowerCase());
    else if (cursor.isName()) this.#name();
    else {
      switch (cursor.piece()) {
        case "(":
          this.#open();
          break;
        case ")":
          this.#close();
          break;
        case ",":
          this.#comma();
          break;
        case ";":
          this.#frames = [frame()];
          this.#first ||= this.#type;
          this.#type = "";
          break;
        case "::":
          cursor.skipType();
          break;
      }
    }
  }

  #keyword(word: string): void {
    const f = this.#frame;
    const piece = (offset: number) => this.#cursor.piece(offset);
    this.#typeFrom(word);
    if (word === "group" || word === "order" || word === "having") this.#clause("sort");
    else if (ENDS.has(word)) this.#clause("none");
    else if (BEFORE_OTHERS.has(word)) this.#cursor.at++;
    switch (word) {
      case "with":
        this.#with();
        break;
      case "select":
      case "values":
        f.query = true;
        this.#clause("none");
        break;
      case "from":
        if (this.#isFromOfTables()) this.#expect();
        break;
      case "join":
      case "straight_join":
        this.#expect();
        break;
      case "update":
        f.query = true;
        if (!/^(?:FOR|KEY|ON|DO)$/.test(piece(-1))) this.#expect();
        break;
      case "insert":
      case "delete":
      case "merge":
      case "replace":
        f.query = true;
        break;
      case "into":
        this.#into();
        break;
      case "using":
        if ((this.#type === "delete" || this.#type === "merge") && f.query) this.#expect();
        break;
      case "distinct":
        if (piece(1) === "ON") this.#notAlias = this.#cursor.closing(2) + 1;
        break;
      case "on":
        this.#on();
        break;
      case "as":
        this.#as();
        break;
      case "rows":
      case "for":
        // The frame of a window, or how rows are locked: words that are no names.
        if (!FROM_CALLS.has(f.call)) f.clause = "skip";
        break;
      default:
        this.#other(word);
    }
  }

  /** A statement is what its first keyword says; behind WITH and EXPLAIN, what its query says. */
  #typeFrom(word: string): void {
    if (this.#type === "") this.#type = word;
    else if (this.#type === "with" || this.#type === "explain") {
      if (QUERIES.has(word) && this.#frame.making === "" && this.#frames.length === 1) this.#type = word;
    }
  }

  #other(word: string): void {
    const f = this.#frame;
    if (word === "lock" && QUERIES.has(this.#type)) f.clause = "skip";
    else if (word === "table" && this.#type === "table") this.#expect();
    else if (DEFINES.has(this.#type) && !f.query) this.#definition(word);
  }

  #clause(clause: Frame["clause"]): void {
    this.#frame.clause = clause;
    this.#frame.expect = false;
  }

  #expect(): void {
    this.#frame.clause = "from";
    this.#frame.expect = true;
  }

  #with(): void {
    const cursor = this.#cursor;
    const recursive = cursor.piece(1) === "RECURSIVE";
    // `WITH time zone`, `WITH ordinality` and `WITH CHECK` make no name.
    if (!recursive && (!cursor.isName(1) || /^(?:time|ordinality|ties)$/.test(cursor.piece(1)))) return;
    if (recursive) cursor.at++;
    this.#frame.making = this.#queryName();
    if (recursive) this.#frame.made.add(this.#frame.making);
  }

  /** Takes the name of a query that WITH makes, and the list of its columns. */
  #queryName(): string {
    const cursor = this.#cursor;
    const name = cursor.piece(1);
    cursor.at++;
    if (cursor.piece(1) === "(") this.#columnNames();
    this.#names.derived(name);
    return name;
  }

  #comma(): void {
    const f = this.#frame;
    if (f.clause === "from") f.expect = true;
    if (f.making === "" && f.made.size > 0 && !f.query) f.making = this.#queryName();
  }

  #open(): void {
    const cursor = this.#cursor;
    if (this.#frames.length > DEEPEST) {
      this.#deeper++;
      return;
    }
    const parent = this.#frame;
    const inner = frame();
    // A bracket where a table may stand holds a join or a query, and what follows it is an alias.
    if (parent.expect) {
      inner.expect = true;
      inner.clause = "from";
      parent.expect = false;
    }
    if (cursor.kind(-1) === token.word) inner.call = cursor.piece(-1).toLowerCase();
    this.#frames.push(inner);
  }

  #close(): void {
    if (this.#deeper > 0) {
      this.#deeper--;
      return;
    }
    if (this.#frames.length > 1) this.#frames.pop();
    const f = this.#frame;
    if (f.making === "" || this.#cursor.piece(1) === "AS") return;
    f.made.add(f.making);
    f.making = "";
  }

  #into(): void {
    const cursor = this.#cursor;
    if (cursor.kind(1) === token.parameter || /^(?:outfile|dumpfile)$/.test(cursor.piece(1))) return;
    this.#frame.clause = "none";
    this.#frame.expect = true;
  }

  #isFromOfTables(): boolean {
    const f = this.#frame;
    const piece = (offset: number) => this.#cursor.piece(offset);
    if (!f.query && FROM_CALLS.has(f.call)) return false;
    if (piece(-1) === "DISTINCT" && /^(?:IS|NOT)$/.test(piece(-2))) return false;
    return QUERIES.has(this.#type) || f.query;
  }

  /** ON of a join ends the names of tables; that of an index, trigger or policy begins one. */
  #on(): void {
    const cursor = this.#cursor;
    const f = this.#frame;
    const defines = this.#type === "create" || (this.#type === "drop" && f.clause === "none");
    if (this.#type === "comment") cursor.at++;
    if ((defines && !f.query) || this.#type === "comment") this.#expect();
    else if (cursor.piece(1) === "CONFLICT" && cursor.piece(2) === "ON") cursor.at += 4;
    else f.expect = false;
  }

  /** The name after AS is an alias, or a type in a CAST. */
  #as(): void {
    const cursor = this.#cursor;
    if (this.#frame.call === "cast" && !this.#frame.query) cursor.skipType();
    else if (cursor.isName(1)) {
      cursor.at++;
      this.#alias(cursor.piece());
    }
  }

  /** Statements that define: which names in them are tables. */
  #definition(word: string): void {
    const f = this.#frame;
    const next = this.#cursor.piece(1);
    const isBare = word === this.#type && /^(?:truncate|lock|vacuum|analyze|copy)$/.test(word);
    if (word === "table" || word === "view" || word === "references") this.#expect();
    else if (isBare && (next === "ONLY" || !/^[A-Z(]/.test(next))) this.#expect();
    else if (word !== "only" && word !== "if" && word !== "not" && word !== "exists" && !f.expect) f.clause = "none";
  }

  #name(): void {
    const cursor = this.#cursor;
    const parts = [cursor.piece()];
    if (this.#type === "") {
      this.#type = parts[0]!.toLowerCase();
      return;
    }
    while (cursor.piece(1) === "." && (cursor.kind(2) === token.word || cursor.kind(2) === token.name)) {
      parts.push(cursor.piece(2));
      cursor.at += 2;
    }
    if (cursor.piece(1) === "." && cursor.piece(2) === "*") return;
    if (this.#frame.expect) this.#table(parts);
    else if (parts.length === 1 && this.#isAlias()) this.#alias(parts[0]!);
    else if (cursor.piece(1) !== "(") this.#column(parts);
  }

  #table(parts: string[]): void {
    const cursor = this.#cursor;
    this.#frame.expect = false;
    const defined = DEFINES.has(this.#type) && !this.#frame.query;
    const isTarget = cursor.piece(-2 * (parts.length - 1) - 1) === "INTO" || defined;
    // The name of a function that gives rows is no table.
    if (cursor.piece(1) === "(" && !isTarget) return;
    const known = parts.length === 1 && this.#frames.some(({ made }) => made.has(parts[0]!));
    if (!known) this.#names.table(parts);
    this.#names.relation(parts.at(-1)!);
  }

  #column(parts: string[]): void {
    const { clause } = this.#frame;
    if (clause === "skip" || !this.#frames.some(({ query }) => query)) return;
    const name = plain(parts.at(-1)!);
    if (parts.length === 1 && (VALUES.has(name) || this.#isSyntax(name))) return;
    this.#names.column(parts, clause === "sort");
  }

  /** Words that stand where a column might, in clauses of their own. */
  #isSyntax(name: string): boolean {
    const cursor = this.#cursor;
    const before = cursor.piece(-1);
    const next = cursor.piece(1);
    if (this.#frame.call === "extract" && !this.#frame.query && before === "(") return true;
    if (next === "=>" || next === ":=") return true;
    if (name === "at" && next === "time" && cursor.piece(2) === "zone") {
      cursor.at += 2;
      return true;
    }
    if (/^(?:range|groups)$/.test(name) && /^(?:BETWEEN|unbounded|current|\?)$/.test(next)) {
      this.#frame.clause = "skip";
      return true;
    }
    if (name === "grouping" && next === "sets") return true;
    if (name === "matched" && this.#type === "merge" && /^(?:WHEN|NOT)$/.test(before)) return true;
    return /^(?:OVER|WINDOW|IS)$/.test(before) || (before === "WITH" && name === "ordinality");
  }

  /** A name right behind a value is an alias: `sum(x) s`, `orders o`. */
  #isAlias(): boolean {
    const cursor = this.#cursor;
    if (cursor.at === this.#notAlias || this.#frame.clause === "skip") return false;
    if (/^(?:at|range|groups)$/.test(cursor.piece())) return false;
    const kind = cursor.kind(-1);
    const before = cursor.piece(-1);
    if (kind === token.word) return before === "END" || (!cursor.isKeyword(-1) && before !== "grouping");
    return kind === token.mark ? before === ")" || before === "]" : kind !== 0;
  }

  /** Takes an alias, with the names that it gives to columns. */
  #alias(name: string): void {
    const cursor = this.#cursor;
    if (this.#frame.clause !== "from") {
      this.#names.alias(name);
      return;
    }
    const before = cursor.piece(-1);
    if (before === ")" || this.#names.isDerived(before)) this.#names.derived(name);
    else this.#names.relation(name);
    if (cursor.piece(1) === "(") this.#columnNames();
  }

  /** `t(a, b)`: names given to the columns of a query or function. */
  #columnNames(): void {
    const cursor = this.#cursor;
    const end = cursor.closing(1);
    if (end === -1) return;
    for (cursor.at++; cursor.at < end; cursor.at++) {
      if (/^[(,]$/.test(cursor.piece(-1))) this.#names.relation(cursor.piece());
    }
  }
}

function frame(): Frame {
  return { clause: "none", expect: false, query: false, call: "", made: new Set(), making: "" };
}
