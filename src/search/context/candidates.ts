/** Hits with what the store knows around them, as passages that may be shown: hits first, then what stands beside them. */
import type { Fields } from "../../core/document.ts";
import { memberOf } from "../../core/member.ts";
import type { ChunkRecord } from "../../core/record.ts";
import { firstLines } from "../shown-headings.ts";
import type { Candidate, ScopeLine, StatementFacts } from "./candidate.ts";
import { hasOwnLines, withoutBlankEdges } from "./pieces.ts";
import { headerIn, placeKey, type Related, scopeKey } from "./related.ts";

/** What a context takes of a hit. */
export interface ContextHit {
  id: string;
  /** Ids of all its passages, where it has several. */
  passages?: readonly { id: string }[] | undefined;
  engine: string;
  rank: number;
  score: number;
  /** With sums over those executions that a filter lets through. */
  fields: Fields;
}

/** Modules that are named for a passage. */
const MOST_IMPORTS = 8;
/** Characters of a heading or a header. */
const MOST_HEADER = 160;
/** Lines of a definition's header. */
const MOST_HEADER_LINES = 12;
/** Other places of a statement or a text that are named. */
const MOST_ALSO = 8;

/** @param related of each engine's table, by the engine's name */
export function candidatesOf(hits: readonly ContextHit[], related: ReadonlyMap<string, Related>): Candidate[] {
  const found: Candidate[] = [];
  const seen = new Set<string>();
  for (const hit of hits) {
    const known = related.get(hit.engine);
    for (const { id } of hit.passages ?? [hit]) {
      const record = known?.found.get(id);
      if (!known || !record || seen.has(id)) continue;
      seen.add(id);
      found.push(candidateOf(record, hit, known, true));
    }
  }
  const grouped = withoutEquals(found);
  const beside = grouped.flatMap((candidate) => besideOf(candidate, related.get(candidate.engine)!));
  // A passage between two hits stands beside both, and belongs to the better one.
  const neighbours = new Map<string, Candidate>();
  for (const candidate of beside.sort((a, b) => a.rank - b.rank)) {
    const { id } = candidate.record;
    if (!seen.has(id) && !neighbours.has(id)) neighbours.set(id, candidate);
  }
  return [...grouped, ...neighbours.values()];
}

function candidateOf(
  record: ChunkRecord,
  { engine, rank, score, fields }: Pick<ContextHit, "engine" | "rank" | "score" | "fields">,
  related: Related,
  isHit: boolean,
): Candidate {
  const isCode = typeof record.fields?.parent_scope === "string";
  const table = related.tables.get(record.id);
  return {
    record,
    engine,
    rank,
    score,
    isHit,
    scope: scopeAround(record, related),
    imports: isCode ? importsOf(record) : [],
    tableHeader: table && tableHeaderOf(table),
    statement: factsOf(fields),
    also: [],
  };
}

/** What is said above a passage; a statement's title says no more than its facts do. */
function scopeAround(record: ChunkRecord, related: Related): ScopeLine[] {
  if (typeof record.fields?.fingerprint === "string") return [];
  return typeof record.fields?.parent_scope === "string" ? codeScope(record, related) : headingScope(record);
}

/** Title and headings that the passage does not show itself; a file's name is no title. */
function headingScope({ title, headings, text, path, doc, row }: ChunkRecord): ScopeLine[] {
  const shown = firstLines(text);
  const name = (path + memberOf(doc)).split(/[/#]/).at(-1);
  const isTold = title === name || shown.includes(title) || (row !== null && text.includes(title));
  const above = isTold || headings.includes(title) || title === "" ? headings : [title, ...headings];
  return above
    .filter((heading) => !shown.includes(heading))
    .map((heading) => ({ line: null, text: shortened(heading) }));
}

/** Headers of the definitions around a passage, with their lines where the store has them. */
function codeScope({ doc, headings, fields, id }: ChunkRecord, { scopes }: Related): ScopeLine[] {
  const lines: ScopeLine[] = headings.map((heading) => ({ line: null, text: shortened(heading) }));
  let name = fields?.parent_scope;
  for (let i = lines.length - 1; i >= 0 && typeof name === "string" && name !== ""; i--) {
    const scope = scopes.get(scopeKey(doc, name));
    if (!scope || scope.id === id) break;
    lines[i] = headerOf(scope) ?? lines[i]!;
    name = scope.fields?.parent_scope;
  }
  return lines;
}

/** The lines of a definition's header as they stand in the file; undefined where they cannot be told. */
function headerOf(record: ChunkRecord): ScopeLine | undefined {
  const signature = String(record.fields?.signature ?? "").replace(/…$/, "");
  const packed = signature.replace(/\s+/g, "");
  if (packed === "" || !hasOwnLines(record)) return undefined;
  const lines = withoutBlankEdges(record.text).split("\n");
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "" || !packed.startsWith(line.replace(/\s+/g, "").slice(0, Math.min(12, packed.length))))
      continue;
    const header = lines.slice(i, i + MOST_HEADER_LINES).reduce<{ text: string; done: boolean }>(
      ({ text, done }, next) => {
        if (done) return { text, done };
        const joined = text === "" ? next.trim() : `${text} ${next.trim()}`;
        return { text: joined, done: joined.replace(/\s+/g, "").startsWith(packed) };
      },
      { text: "", done: false },
    );
    if (header.done) return { line: record.startLine + i, text: shortened(header.text) };
  }
  return undefined;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= MOST_HEADER ? line : `${line.slice(0, MOST_HEADER - 1).toWellFormed()}…`;
}

/** Those of the file's imports whose last part the passage names. */
function importsOf({ text, fields }: ChunkRecord): string[] {
  const imports = Array.isArray(fields?.imports) ? fields.imports : [];
  if (imports.length === 0 || fields?.symbol_kind === "imports") return [];
  const words = new Set(text.match(/[\p{L}_][\p{L}\p{N}_]*/gu));
  return imports
    .filter((name) => words.has(name.split(/[./:\\]+|\s/).findLast((part) => part !== "") ?? ""))
    .slice(0, MOST_IMPORTS);
}

function tableHeaderOf(record: ChunkRecord): ScopeLine | undefined {
  const header = headerIn(withoutBlankEdges(record.text));
  if (!header) return undefined;
  return { line: hasOwnLines(record) ? record.startLine + header.index : null, text: header.text };
}

function factsOf(fields: Fields): StatementFacts | undefined {
  const { fingerprint, statement_type: type, tables, calls, total_ms: totalMs, max_ms: maxMs } = fields;
  if (typeof fingerprint !== "string" || typeof calls !== "number") return undefined;
  return {
    type: String(type ?? ""),
    tables: Array.isArray(tables) ? tables : [],
    calls,
    totalMs: Number(totalMs ?? 0),
    maxMs: Number(maxMs ?? 0),
  };
}

/** A statement or a text that several places have is shown once, with its other places and the sum of its executions. */
function withoutEquals(found: readonly Candidate[]): Candidate[] {
  const first = new Map<string, number>();
  const kept: Candidate[] = [];
  for (const candidate of found) {
    const { fields, text } = candidate.record;
    const key = typeof fields?.fingerprint === "string" ? fields.fingerprint : text.trim();
    const at = first.get(key);
    if (at === undefined) first.set(key, kept.push(candidate) - 1);
    else kept[at] = together(kept[at]!, candidate);
  }
  return kept;
}

function together(kept: Candidate, other: Candidate): Candidate {
  const [a, b] = [kept.statement, other.statement];
  const { path, startLine } = other.record;
  const statement = a &&
    b && { ...a, calls: a.calls + b.calls, totalMs: a.totalMs + b.totalMs, maxMs: Math.max(a.maxMs, b.maxMs) };
  return { ...kept, statement: statement ?? a, also: [...kept.also, `${path}:${startLine}`].slice(0, MOST_ALSO) };
}

/** The passages before and behind a hit, where they go on with it. */
function besideOf(hit: Candidate, related: Related): Candidate[] {
  const { doc, seq } = hit.record;
  return [seq + 1, seq - 1]
    .map((place) => related.beside.get(placeKey(doc, place)))
    .filter((record): record is ChunkRecord => record !== undefined && goesOn(hit.record, record))
    .map((record) => candidateOf(record, { ...hit, fields: {} }, related, false));
}

/** Prose is read on; code only within one definition. */
function goesOn({ fields: hit }: ChunkRecord, { fields: beside }: ChunkRecord): boolean {
  if (typeof hit?.parent_scope !== "string" || typeof beside?.parent_scope !== "string") return true;
  if (hit.parent_scope === beside.parent_scope)
    return hit.parent_scope !== "" && hit.qualified_name === "" && beside.qualified_name === "";
  return (
    (hit.qualified_name !== "" && hit.qualified_name === beside.parent_scope) ||
    (beside.qualified_name !== "" && beside.qualified_name === hit.parent_scope)
  );
}
