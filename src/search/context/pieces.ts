/** Passages put together: those of one file that touch are one piece, pieces stand in the file's order. */
import { memberOf } from "../../core/member.ts";
import type { ChunkRecord } from "../../core/record.ts";
import type { Candidate, ScopeLine, StatementFacts } from "./candidate.ts";

/** A stretch of one file, as it is shown and cited. */
export interface Piece {
  /** With the member of an archive. */
  path: string;
  /** Lines of the source that the text is from. */
  startLine: number;
  endLine: number;
  page: number | null;
  /** First and last row, of a file of rows. */
  rows: readonly [number, number] | null;
  engine: string;
  kind: string;
  lang: string | null;
  scope: readonly ScopeLine[];
  imports: readonly string[];
  tableHeader: ScopeLine | undefined;
  statement: StatementFacts | undefined;
  also: readonly string[];
  text: string;
  /** Ids of its passages. */
  ids: readonly string[];
  /** Best rank and score of its hits. */
  rank: number;
  score: number;
  /** Only the beginning of a passage that was too long. */
  isCut: boolean;
}

/** Stands where text between two parts of one line, or of two that follow each other, is left out. */
const GAP = "…";

/** Pieces of some passages: files by their best rank, each piece once, in the order of its file. */
export function piecesOf(candidates: readonly Candidate[]): Piece[] {
  const files = [...Map.groupBy(candidates, fileOf).values()];
  const best = (file: readonly Candidate[]) => Math.min(...file.map(({ rank }) => rank));
  return files
    .map((file) => ({ file, rank: best(file) }))
    .sort((a, b) => a.rank - b.rank || (fileOf(a.file[0]!) < fileOf(b.file[0]!) ? -1 : 1))
    .flatMap(({ file }) => piecesOfFile(file.toSorted(byPlace)));
}

export function fileOf({ record, engine }: Candidate): string {
  return JSON.stringify([record.path + memberOf(record.doc), engine]);
}

/** `docs/a.md:3-9`, with the page or the rows where there are some. */
export function citationOf({ path, startLine, endLine, page, rows }: Place): string {
  const lines = startLine === endLine ? String(startLine) : `${startLine}-${endLine}`;
  const detail = page !== null ? ` page ${page}` : rows ? ` row${rows[0] === rows[1] ? "" : "s"} ${span(rows)}` : "";
  return `${path}:${lines}${detail}`;
}

export type Place = Pick<Piece, "path" | "startLine" | "endLine" | "page" | "rows">;

const span = ([first, last]: readonly [number, number]) => (first === last ? String(first) : `${first}-${last}`);

function byPlace({ record: a }: Candidate, { record: b }: Candidate): number {
  return (
    (a.row ?? 0) - (b.row ?? 0) ||
    (a.doc === b.doc ? 0 : a.startLine - b.startLine || (a.doc < b.doc ? -1 : 1)) ||
    a.start - b.start ||
    a.end - b.end
  );
}

/** A piece that still grows. */
interface Growing {
  candidates: Candidate[];
  text: string;
  /** End of the text in the last document, and the last line. */
  end: number;
  endLine: number;
}

function piecesOfFile(sorted: readonly Candidate[]): Piece[] {
  const growing: Growing[] = [];
  for (const candidate of sorted) {
    const last = growing.at(-1);
    if (last && touches(last, candidate)) join(last, candidate);
    else growing.push(begin(candidate));
  }
  const pieces = growing.map(pieceOf);
  return pieces.map((piece, i) =>
    showsHeader(pieces.slice(0, i), piece) ? { ...piece, tableHeader: undefined } : piece,
  );
}

/** Whether the header of the piece's table stands in the text of one before. */
function showsHeader(before: readonly Piece[], { tableHeader }: Piece): boolean {
  if (!tableHeader) return false;
  const { line, text: header } = tableHeader;
  return before.some(({ startLine, endLine, text }) => {
    return text.includes(header) || (line !== null && startLine <= line && line <= endLine);
  });
}

function begin(candidate: Candidate): Growing {
  const { text, end, endLine } = candidate.record;
  return { candidates: [candidate], text, end, endLine };
}

/** Whether nothing is left out between them, or they share a line. */
function touches({ candidates, end, endLine }: Growing, next: Candidate): boolean {
  const { record: before, statement } = candidates.at(-1)!;
  const { record } = next;
  if (statement || next.statement) return false;
  if (record.doc === before.doc) return record.start <= end || record.startLine <= endLine + 1;
  // Rows that have nothing said above them are read like a table.
  const plain = candidates.every(({ scope }) => scope.length === 0) && next.scope.length === 0;
  return plain && record.row !== null && before.row !== null && record.row === before.row + 1;
}

function join(growing: Growing, next: Candidate): void {
  const { record: before } = growing.candidates.at(-1)!;
  const { text, start, end, startLine, endLine, doc, seq } = next.record;
  growing.candidates.push(next);
  if (doc !== before.doc) {
    growing.text = `${growing.text.trimEnd()}\n\n${text}`;
    growing.end = end;
  } else {
    const missing = seq !== before.seq + 1;
    if (start > growing.end) {
      const newline = startLine > growing.endLine;
      const between = newline
        ? missing
          ? ` ${GAP}\n`
          : "\n".repeat(startLine - growing.endLine)
        : missing
          ? ` ${GAP} `
          : " ";
      growing.text = growing.text.trimEnd() + between + withoutBlankEdges(text);
    } else if (end > growing.end) {
      // A chunker may change the text of a passage: then its place says nothing of what is repeated.
      growing.text += text.slice(text.length === end - start ? growing.end - start : 0);
    }
    growing.end = Math.max(growing.end, end);
  }
  growing.endLine = Math.max(growing.endLine, endLine);
}

function pieceOf({ candidates, text, endLine }: Growing): Piece {
  const first = candidates[0]!;
  const best = candidates.reduce((a, b) => (b.rank < a.rank ? b : a));
  const { path, doc, startLine, page, row, kind, lang } = first.record;
  return {
    path: path + memberOf(doc),
    startLine,
    endLine,
    page,
    rows: row === null ? null : [row, candidates.at(-1)!.record.row ?? row],
    engine: first.engine,
    kind,
    lang,
    scope: first.scope,
    imports: [...new Set(candidates.flatMap(({ imports }) => imports))],
    tableHeader: first.tableHeader,
    statement: first.statement,
    also: first.also,
    text: withoutBlankEdges(text),
    ids: candidates.map(({ record }) => record.id),
    rank: best.rank,
    score: best.score,
    isCut: false,
  };
}

export function withoutBlankEdges(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
}

/**
 * Whether each line of the passage is a line of its source, so that lines can be cited one by one: not so in a row, a
 * statement or the text of a PDF.
 */
export function hasOwnLines({
  text,
  startLine,
  endLine,
}: Pick<ChunkRecord, "text" | "startLine" | "endLine">): boolean {
  return withoutBlankEdges(text).split("\n").length === endLine - startLine + 1;
}
