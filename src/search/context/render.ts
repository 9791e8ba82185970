/** Contexts as text for a reader or a model: Markdown, XML, JSON, and numbered sources of a prompt. */
import type { ScopeLine, StatementFacts } from "./candidate.ts";
import { citationOf, type Piece } from "./pieces.ts";

export interface LeftOut {
  /** Passages that were found and are not shown. */
  count: number;
  /** Where they stand, as many as there is room for. */
  places: readonly string[];
  /** Places beyond those. */
  more: number;
}

/** All that is written, framing included. */
export interface ContextView {
  question: string;
  /** In tokens. */
  budget: number;
  /** Name of the tokenizer that the budget is counted with. */
  tokenizer: string;
  /** What the settings say of the collections that pieces are from, by engine. */
  collections: ReadonlyMap<string, string>;
  pieces: readonly Piece[];
  leftOut: LeftOut;
}

export type Render = (view: ContextView) => string;

/** `class A: (line 3) › def f(): (line 9)`; "" when the piece before in the same file says the same. */
export function scopeOf({ scope, path }: Piece, before: Piece | undefined, withLines = true): string {
  const text = scopeText(scope, withLines);
  return before?.path === path && scopeText(before.scope, withLines) === text ? "" : text;
}

function scopeText(scope: readonly ScopeLine[], withLines: boolean): string {
  return scope
    .map(({ line, text }) => (line === null || !withLines ? text : `${text} (line ${line})`))
    .map(oneLine)
    .join(" › ");
}

/** `select, tables orders, 82 calls, 4.9 ms in all, 0.5 ms at most`. */
export function statementLine({ type, tables, calls, totalMs, maxMs }: StatementFacts): string {
  const times = totalMs > 0 ? [`${short(totalMs)} ms in all`, `${short(maxMs)} ms at most`] : [];
  const touched = tables.length > 0 ? [`tables ${tables.join(", ")}`] : [];
  return [type, ...touched, `${calls} ${calls === 1 ? "call" : "calls"}`, ...times].map(oneLine).join(", ");
}

const short = (value: number) => String(Number(value.toPrecision(3)));

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** The lines under a citation. */
function factsOf(piece: Piece, before: Piece | undefined): string[] {
  const scope = scopeOf(piece, before);
  return [
    ...(scope === "" ? [] : [scope]),
    ...(piece.imports.length > 0 ? [`imports ${piece.imports.join(", ")}`] : []),
    ...(piece.statement ? [statementLine(piece.statement)] : []),
    ...(piece.also.length > 0 ? [`also at ${piece.also.map(oneLine).join(", ")}`] : []),
  ];
}

/** The text under the header of its table. */
function bodyOf({ tableHeader, text, isCut }: Piece): string {
  const body = tableHeader ? `${tableHeader.text}\n${text}` : text;
  return isCut ? `${body} …` : body;
}

function leftOutLine({ count, places, more }: LeftOut): string {
  const where = places.length > 0 ? `: ${places.map(oneLine).join(", ")}${more > 0 ? ", …" : ""}` : "";
  return `Left out for the budget: ${count} ${count === 1 ? "passage" : "passages"}${where}`;
}

const FENCES: Readonly<Record<string, string>> = { markdown: "md", sql: "sql", html: "md" };

/** A citation as heading of each piece, its text in a fence that it cannot close. */
export const renderMarkdown: Render = ({ collections, pieces, leftOut }) => {
  const blocks = [...collections].map(([engine, text]) => `${engine}: ${oneLine(text)}`);
  for (const [i, piece] of pieces.entries()) {
    const body = bodyOf(piece);
    const longest = Math.max(2, ...Array.from(body.matchAll(/`+/g), ([run]) => run.length));
    const fence = "`".repeat(longest + 1);
    const language = FENCES[piece.kind] ?? (piece.kind === "code" ? (piece.lang ?? "") : "");
    const facts = factsOf(piece, pieces[i - 1]);
    const head = [`## ${oneLine(citationOf(piece))}`, ...(facts.length > 0 ? [facts.join("  \n")] : [])];
    blocks.push(`${head.join("\n")}\n${fence}${language}\n${body}\n${fence}`);
  }
  if (leftOut.count > 0) blocks.push(leftOutLine(leftOut));
  return blocks.length === 0 ? "" : `${blocks.join("\n\n")}\n`;
};

/** `[1] docs/a.md:3-9` above each piece, for prompts. */
export const renderSources: Render = ({ collections, pieces }) => {
  const blocks = [...collections].map(([engine, text]) => `${engine}: ${oneLine(text)}`);
  for (const [i, piece] of pieces.entries()) {
    blocks.push(
      [`[${i + 1}] ${oneLine(citationOf(piece))}`, ...factsOf(piece, pieces[i - 1]), bodyOf(piece)].join("\n"),
    );
  }
  return blocks.join("\n\n");
};

/** What no XML 1.0 document may hold. */
const NO_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function xml(text: string): string {
  return text
    .replace(NO_XML, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;");
}

function element(name: string, attributes: Readonly<Record<string, string | undefined>>, text: string): string {
  const given = Object.entries(attributes).filter((entry): entry is [string, string] => (entry[1] ?? "") !== "");
  return `<${name}${given.map(([key, value]) => ` ${key}="${xml(oneLine(value))}"`).join("")}>${text}</${name}>`;
}

/** One element for each piece; well-formed XML 1.0, whatever the texts hold. */
export const renderXml: Render = ({ question, collections, pieces, leftOut }) => {
  const elements = [...collections].map(([engine, text]) => element("collection", { name: engine }, xml(text)));
  for (const [i, piece] of pieces.entries()) {
    const { path, startLine, endLine, page, rows, lang, imports, statement, also } = piece;
    const attributes = {
      path,
      lines: startLine === endLine ? String(startLine) : `${startLine}-${endLine}`,
      page: page === null ? undefined : String(page),
      rows: rows ? `${rows[0]}-${rows[1]}` : undefined,
      language: piece.kind === "code" ? (lang ?? undefined) : undefined,
      scope: scopeOf(piece, pieces[i - 1]),
      imports: imports.join(", "),
      statement: statement && statementLine(statement),
      also: also.join(", "),
    };
    elements.push(element("source", attributes, `\n${xml(bodyOf(piece))}\n`));
  }
  if (leftOut.count > 0) {
    const places = leftOut.places.map(xml).join("\n");
    elements.push(element("left_out", { count: String(leftOut.count) }, places === "" ? "" : `\n${places}\n`));
  }
  return `${element("context", { question }, `\n${elements.map((line) => `${line}\n`).join("")}`)}\n`;
};

/** JSON escapes C0 itself; these can still drive a terminal. */
const UNSAFE_IN_JSON = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/g;

/** One line of JSON: the view, each piece of it as a source with its citation; `left_out` has what is not shown. */
export const renderJson: Render = ({ question, budget, tokenizer, collections, pieces, leftOut }) => {
  const sources = pieces.map((piece) => ({
    cite: citationOf(piece),
    ...without({ ...piece, ids: [], score: Number(piece.score.toFixed(4)) }),
  }));
  const view = {
    question,
    budget,
    tokenizer,
    collections: Object.fromEntries(collections),
    sources,
    left_out: leftOut,
  };
  const escaped = JSON.stringify(view).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${escaped}\n`;
};

/** Without what says nothing: every sign counts. */
function without(piece: Piece): Partial<Piece> {
  const said = Object.entries(piece).filter(([, value]: [string, unknown]) => {
    return value !== null && value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  });
  return Object.fromEntries(said);
}

/** Formats of `mdp context`, by name. */
export const contextFormats = { md: renderMarkdown, xml: renderXml, json: renderJson } as const;
export type ContextFormat = keyof typeof contextFormats;
