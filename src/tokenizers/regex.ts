/**
 * Regular expressions of tokenizers (Oniguruma's dialect, an older Unicode) as JavaScript's: classes that differ are
 * written out, possessive and atomic parts become lookaheads, and code points that came later count as unassigned.
 */
import { UNASSIGNED } from "./more-unicode-tables.ts";
import { rangesOf } from "./unicode.ts";

/** White space as Oniguruma has it: U+0085 is in it, U+FEFF is not. */
const SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
/** Its Latin-1 is an older one: superscripts and fractions there are parts of words. */
const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xb2\\xb3\\xb9\\xbc-\\xbe";
const CLASSES: Readonly<Record<string, string>> = {
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
  d: "\\p{Nd}",
  D: "\\P{Nd}",
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
  h: "[0-9a-fA-F]",
  H: "[^0-9a-fA-F]",
};
const POSIX: Readonly<Record<string, string>> = {
  alnum: "\\p{Alphabetic}\\p{M}\\p{Nd}",
  alpha: "\\p{Alphabetic}\\p{M}",
  digit: "\\p{Nd}",
  lower: "\\p{Lowercase}",
  punct: "\\p{P}\\p{S}",
  space: SPACE,
  upper: "\\p{Uppercase}",
  word: WORD,
};
/** General categories; any other one-word property of Oniguruma is a script. */
const CATEGORY =
  /^(?:[CLMNPSZ]|Alphabetic|Emoji|Lowercase|Uppercase|White_Space|C[cfnos]|L[lmotu]|M[cen]|N[dlo]|P[cdefios]|S[ckmo]|Z[lps])$/;

/** Throws a `SyntaxError` when the pattern has something that has no equal here. */
export function translateRegex(source: string, flags = "g"): RegExp {
  return new RegExp(new Translator(source).all(), `${flags}v`);
}

class Translator {
  readonly #source: string;
  #at = 0;
  #groups = 0;

  constructor(source: string) {
    this.#source = source;
  }

  all(): string {
    const out = this.#alternatives();
    if (this.#at < this.#source.length) throw new SyntaxError(`")" without "(" at ${this.#at}`);
    return out;
  }

  #alternatives(): string {
    let out = "";
    while (this.#at < this.#source.length && this.#source[this.#at] !== ")") {
      out += this.#source[this.#at] === "|" ? this.#source[this.#at++] : this.#quantified();
    }
    return out;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found) this.#at += found.length;
    return found;
  }

  #quantified(): string {
    const groups = this.#groups;
    const start = this.#at;
    const atom = this.#atom();
    const quantifier = this.#take(/[*+?]|\{\d*(?:,\d*)?\}/y);
    if (!quantifier) return atom;
    const bounded = quantifier.startsWith("{,") ? `{0${quantifier.slice(1)}` : quantifier;
    // An interval with a plus is not possessive there: it repeats once more.
    const more = quantifier.startsWith("{") ? this.#take(/\?/y) : this.#take(/[+?]/y);
    if (more !== "+") return atom + bounded + (more ?? "");
    return this.#again(groups, start, bounded);
  }

  /** A possessive quantifier: a lookahead does not give back what it took. */
  #again(groups: number, start: number, quantifier: string): string {
    const end = this.#at;
    this.#at = start;
    this.#groups = groups + 1;
    const atom = this.#atom();
    this.#at = end;
    return `(?=(${atom}${quantifier}))\\${groups + 1}`;
  }

  #atom(): string {
    const character = this.#source[this.#at]!;
    if (character === "(") return this.#group();
    if (character === "[") return this.#set();
    if (character === "\\") return this.#escape(false);
    if (character === ".") {
      this.#at++;
      return "[^\\n]";
    }
    const literal = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    this.#at += literal.length;
    return /[{}\]/]/.test(literal) ? `\\${literal}` : literal;
  }

  #group(): string {
    const atomic = this.#take(/\(\?>/y);
    if (atomic) {
      const group = ++this.#groups;
      return `(?=(${this.#inner()}))\\${group}`;
    }
    const open = this.#take(/\(\?(?:[:=!]|<[=!]|[imx-]+:)/y);
    if (open) return `${/[x]/.test(open) ? unknown(open) : open}${this.#inner()})`;
    const flags = this.#take(/\(\?[im]+\)/y);
    if (flags) return `(?${flags.slice(2, -1)}:${this.#alternatives()})`;
    if (!this.#take(/\((?!\?)/y)) return unknown(this.#source.slice(this.#at, this.#at + 4));
    return `(?:${this.#inner()})`;
  }

  #inner(): string {
    const out = this.#alternatives();
    if (!this.#take(/\)/y)) throw new SyntaxError('"(" without ")"');
    return out;
  }

  #set(): string {
    let out = this.#take(/\[\^?/y)!;
    for (let first = true; this.#source[this.#at] !== "]" || first; first = false) {
      if (this.#at >= this.#source.length) throw new SyntaxError('"[" without "]"');
      out += this.#member();
    }
    this.#at++;
    return `${out}]`;
  }

  #member(): string {
    const posix = this.#take(/\[:\^?[a-z]+:\]/y);
    if (posix) {
      const members = POSIX[posix.replace(/[^a-z]/g, "")] ?? unknown(posix);
      return posix[2] === "^" ? `[^${members}]` : members;
    }
    const character = this.#source[this.#at]!;
    if (character === "[") return this.#set();
    if (character === "\\") return this.#escape(true);
    if (this.#take(/&&/y)) return "&&";
    // Between two members it is a range; at the ends it is itself.
    if (character === "-" && !/[[\]^]/.test(this.#source[this.#at - 1]!) && this.#source[this.#at + 1] !== "]") {
      this.#at++;
      return "-";
    }
    const literal = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    this.#at += literal.length;
    return escapeInSet(literal);
  }

  #escape(inSet: boolean): string {
    const property = this.#take(/\\[pP]\{\^?\w+\}/y);
    if (property) return propertyOf(property);
    const code = this.#take(/\\x\{[0-9a-fA-F]+\}/y);
    if (code) return `\\u${code.slice(2)}`;
    const plain = this.#take(/\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[nrtfv0bB])/y);
    if (plain) return plain;
    const escaped = this.#source[this.#at + 1];
    if (escaped === undefined) throw new SyntaxError('"\\" at the end');
    this.#at += 2;
    const known = CLASSES[escaped];
    if (known) return known;
    if (!inSet && escaped === "A") return "(?<![^])";
    if (!inSet && escaped === "z") return "(?![^])";
    if (/[A-Za-z0-9]/.test(escaped)) return unknown(`\\${escaped}`);
    return inSet ? escapeInSet(escaped) : RegExp.escape(escaped);
  }
}

/** Insides of classes for categories that a code point has left since. */
const MOVED: Readonly<Record<string, string>> = { Ll: "\\p{Ll}\\u0295", Lo: "[\\p{Lo}--[\\u0295]]" };

function propertyOf(property: string): string {
  const name = property.replace(/^\\[pP]\{\^?|\}$/g, "");
  const negated = (property[1] === "P") !== property.includes("^");
  const moved = MOVED[name];
  if (moved) return `[${negated ? "^" : ""}${moved}]`;
  return `\\${negated ? "P" : "p"}{${CATEGORY.test(name) ? name : `Script=${name}`}}`;
}

function escapeInSet(literal: string): string {
  return /[()[\]{}/\-\\|&!#%,:;<=>@`~$*+.?^]/.test(literal) ? `\\${literal}` : literal;
}

function unknown(what: string): never {
  throw new SyntaxError(`"${what}" is not known`);
}

let newer: RegExp | undefined;
/** Every code point up to here was assigned, or not, long ago. */
const OLD = /^[\0-\u0377]*$/;

/** Text of the same length in which code points that the library's Unicode does not know are unassigned here too. */
export function withoutNewer(text: string): string {
  if (OLD.test(text)) return text;
  newer ??= new RegExp(`[[${rangesOf(UNASSIGNED)}]&&\\P{Cn}]`, "gv");
  return text.replace(newer, (character) => (character.length === 1 ? "\u0378" : "\u{e0080}"));
}
