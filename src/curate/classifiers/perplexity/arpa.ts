/** Reads n-gram models in ARPA's text format, KenLM's and SRILM's own, perhaps with gzip around it. */
import { MdpError, messageOf } from "../../../core/errors.ts";
import { MAX_ORDER, NgramModel, UNKNOWN } from "./model.ts";
import { NgramTable } from "./table.ts";
import { addWord, extendHigh, extendLow, isSpace, newLineWords } from "./words.ts";

/** Claims of the head are not trusted with more memory than this before the n-grams come. */
const MAX_FORESEEN = 1 << 24;
const MAX_LINE = 1 << 20;

/**
 * Reads the model, a line at a time.
 *
 * @throws MdpError that names the line for anything that is not as the format has it
 */
export async function readArpa(path: string): Promise<NgramModel> {
  const parser = new ArpaParser(path);
  try {
    for await (const line of linesOf(path)) parser.line(line);
  } catch (cause) {
    if (cause instanceof MdpError) throw cause;
    throw parser.broken(`it cannot be read: ${messageOf(cause)}`);
  }
  return parser.finish();
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const raw = Bun.file(path).stream();
  const stream = path.endsWith(".gz") ? raw.pipeThrough(new DecompressionStream("gzip")) : raw;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) throw new Error(`a line is longer than ${MAX_LINE} characters`);
    yield* lines;
  }
  if (rest !== "") yield rest;
}

class ArpaParser {
  readonly #where: string;
  readonly #counts: number[] = [];
  readonly #words = newLineWords();
  #table = new NgramTable();
  #line = 0;
  /** Length of the n-grams at hand: -1 before `\data\`, 0 in it, Infinity behind `\end\`. */
  #section = -1;
  #seen = 0;
  #isClosed = true;

  constructor(where: string) {
    this.#where = where;
  }

  line(raw: string): void {
    this.#line++;
    const text = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (text.trim() === "" || this.#section === Number.POSITIVE_INFINITY) return;
    if (text.startsWith("\\")) this.#command(text.trim());
    else if (this.#section === 0) this.#count(text);
    // Whatever stands before \data\ is a remark.
    else if (this.#section > 0) this.#ngram(text);
    else if (this.#line === 1 && text.includes("\0")) throw this.broken("it is binary");
  }

  #command(text: string): void {
    if (this.#section > 0) this.#checkCount();
    const [, length] = /^\\(\d+)-grams:$/.exec(text) ?? [];
    if (text === "\\data\\" && this.#section === -1) this.#section = 0;
    else if (text === "\\end\\" && this.#section === this.#counts.length && this.#section > 0)
      this.#section = Number.POSITIVE_INFINITY;
    else if (length !== undefined && Number(length) === this.#section + 1 && Number(length) <= this.#counts.length) {
      this.#section++;
      this.#seen = 0;
      if (this.#section === 1) this.#table = NgramTable.of(Math.min(MAX_FORESEEN, sum(this.#counts)));
    } else throw this.broken(`${text} is not expected here`);
  }

  #checkCount(): void {
    const expected = this.#counts[this.#section - 1]!;
    if (this.#seen === expected) return;
    throw this.broken(`it has ${this.#seen} ${this.#section}-grams, its head announces ${expected}`);
  }

  #count(text: string): void {
    const [, length, count] = /^ngram\s+(\d+)\s*=\s*(\d+)$/.exec(text.trim()) ?? [];
    if (Number(length) !== this.#counts.length + 1) throw this.broken(`"${text}" is no count of n-grams`);
    if (this.#counts.length === MAX_ORDER) throw this.broken(`it has n-grams of more than ${MAX_ORDER} words`);
    this.#counts.push(Number(count));
  }

  /** `log10 probability`, the words, and perhaps `log10 back-off`, between tabs or spaces. */
  #ngram(text: string): void {
    const words = this.#words;
    words.count = 0;
    let at = endOfWord(text, 0);
    const probability = this.#number(text.slice(0, at));
    const start = at + 1;
    for (let i = 0; i < this.#section; i++) {
      const from = startOfWord(text, at);
      at = endOfWord(text, from);
      if (from === at) throw this.broken(`an n-gram has fewer than ${this.#section} words`);
      addWord(text, from, at, words);
    }
    // SRILM's spelling.
    if (this.#section === 1 && text.slice(start, at).trim() === "<UNK>") {
      words.count = 0;
      addWord(UNKNOWN, 0, UNKNOWN.length, words);
    }
    const rest = text.slice(startOfWord(text, at)).trimEnd();
    const backoff = rest === "" ? 0 : this.#number(rest);
    if (probability > 0) throw this.broken(`log10 of a probability is ${probability}, above 0`);
    let low = words.low[this.#section - 1]!;
    let high = words.high[this.#section - 1]!;
    for (let i = this.#section - 2; i >= 0; i--) {
      // SRILM drops n-grams that longer ones end in.
      if (i === 0 && this.#table.find(low, high) === -1) this.#isClosed = false;
      low = extendLow(low, words.low[i]!);
      high = extendHigh(high, words.high[i]!);
    }
    if (!this.#table.set(low, high, probability, backoff)) throw this.broken("an n-gram stands there twice");
    this.#seen++;
  }

  #number(text: string): number {
    const value = Number(text);
    if (text !== "" && Number.isFinite(value)) return value;
    // SRILM's word for a probability of 0, e.g. that of <s>.
    if (/^-inf(inity)?$/i.test(text)) return -99;
    throw this.broken(`"${text.slice(0, 40)}" is no number`);
  }

  finish(): NgramModel {
    if (this.#section !== Number.POSITIVE_INFINITY) throw this.broken("it ends before \\end\\");
    return new NgramModel(this.#counts.length, this.#table, this.#isClosed);
  }

  broken(what: string): MdpError {
    return new MdpError({
      code: "model-unreadable",
      message: `this is no whole ARPA model: ${what}`,
      where: `${this.#where}:${this.#line}`,
      hint: "make it again, e.g. with KenLM's lmplz",
    });
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function startOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isSpace(text.charCodeAt(at))) at++;
  return at;
}
