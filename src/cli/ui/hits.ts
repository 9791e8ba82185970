/** Hits made for reading on a terminal, and the same as plain text elsewhere. */
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { memberOf } from "../../core/member.ts";
import type { SearchHit, SearchLeg, SearchReport } from "../../pipelines/search.ts";
import { highlighter } from "./highlight.ts";
import { safeLine, safeText } from "./sanitize.ts";
import { callsLine } from "./statements.ts";
import { paintFor, type Terminal } from "./terminal.ts";

const INDENT = "   ";
/** In front of what a line too long for the terminal continues with. */
const HANG = "  ";
/** Longer lines are hard to read, however wide the terminal is. */
const MAX_COLUMNS = 100;

export function renderHits(report: SearchReport, projectDir: string, terminal: Terminal): string {
  if (report.hits.length === 0) return terminal.isTTY ? "no passage found\n" : "";
  const blocks = report.hits.map((hit) => renderHit(hit, report, projectDir, terminal));
  return `${blocks.join("\n")}${renderPlans(report)}`;
}

function renderHit(hit: SearchHit, report: SearchReport, projectDir: string, terminal: Terminal): string {
  const paint = paintFor(terminal);
  const place = paint.bold(paint.cyan(placeOf(hit)));
  const linked = terminal.isTTY && terminal.color ? link(hit, projectDir, place) : place;
  const head = `${linked}  ${paint.dim(hit.score.toFixed(3))}`;
  const above = [hit.title, ...hit.headings.filter((heading) => heading !== hit.title)];
  const lines = [`${String(hit.rank).padStart(2)} ${head}`];
  const path = above.filter(Boolean).map(safeLine).join(" › ");
  if (path !== "") lines.push(INDENT + paint.dim(path));
  const { calls, total_ms: totalMs, max_ms: maxMs } = hit.fields;
  if (typeof calls === "number" && typeof totalMs === "number" && typeof maxMs === "number") {
    lines.push(INDENT + paint.dim(callsLine({ calls, totalMs, maxMs })));
  }
  lines.push(...passageLines(hit.text, report.query, terminal).map((line) => (line === "" ? "" : INDENT + line)));
  if (hit.explain) lines.push(...legLines(hit).map((line) => INDENT + paint.dim(line)));
  return `${lines.join("\n")}\n`;
}

/** `docs/a.md:12`, with the page or the row where there is one. */
function placeOf(hit: SearchHit): string {
  const detail = hit.page !== null ? ` page ${hit.page}` : hit.row !== null ? ` row ${hit.row}` : "";
  return `${safeLine(hit.path)}${safeLine(memberOf(hit.uri))}:${hit.startLine}${detail}`;
}

/** An OSC 8 link to the file; the uri is percent-encoded, so nothing in a name ends it early. */
function link(hit: SearchHit, projectDir: string, text: string): string {
  const file = isAbsolute(hit.path) ? hit.path : join(projectDir, hit.path);
  return `\x1b]8;;${pathToFileURL(file).href}\x1b\\${text}\x1b]8;;\x1b\\`;
}

function passageLines(text: string, query: string, terminal: Terminal): string[] {
  const clean = safeText(text).replaceAll("\t", "  ").trimEnd();
  const marked = terminal.color ? highlighter(query, paintFor(terminal).mark)(clean) : clean;
  if (!terminal.isTTY) return marked.split("\n");
  const columns = Math.max(20, Math.min(terminal.columns, MAX_COLUMNS) - INDENT.length);
  return marked.split("\n").flatMap((line) => wrapLine(line, columns));
}

/** A line of code or of a list keeps its indent, and what is wrapped hangs under it. */
function wrapLine(line: string, columns: number): string[] {
  const text = line.trimStart();
  const indent = " ".repeat(Math.min(line.length - text.length, columns / 2));
  const whole = indent + text;
  if (Bun.stringWidth(whole) <= columns) return [whole.trimEnd()];
  const [first = "", ...rest] = Bun.wrapAnsi(text, columns - indent.length - HANG.length, { hard: true }).split("\n");
  return [indent + first, ...rest.map((part) => indent + HANG + part)].map((part) => part.trimEnd());
}

function legLines(hit: SearchHit): string[] {
  const line = (name: "vector" | "text", measure: string) => {
    const leg: SearchLeg | undefined = hit.legs[name];
    if (!leg) return `${name}: not among its candidates`;
    const part = hit.explain?.[name];
    const adds = part === undefined ? "" : `, adds ${part.toFixed(4)}`;
    return `${name}: rank ${leg.rank}, ${measure} ${leg.score.toFixed(4)}${adds}`;
  };
  return [line("vector", "cosine"), line("text", "BM25"), ...rerankLines(hit)];
}

function rerankLines({ reranked, explain }: SearchHit): string[] {
  if (!reranked) return [];
  const adds = (part: number | undefined) => (part === undefined ? "" : `, adds ${part.toFixed(4)}`);
  return [
    `before: rank ${reranked.from}, score ${reranked.before.toFixed(4)}${adds(explain?.position)}`,
    reranked.score === undefined
      ? "reranker: not among those that it read"
      : `reranker: ${reranked.score.toFixed(4)}${adds(explain?.reranker)}`,
  ];
}

function renderPlans({ plans }: SearchReport): string {
  return Object.entries(plans ?? {})
    .map(([leg, plan]) => `\nplan of the ${leg} leg:\n${safeText(plan).trimEnd()}\n`)
    .join("");
}
