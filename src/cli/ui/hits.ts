/** Hits made for reading on a terminal, and the same as plain text elsewhere. */
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { memberOf } from "../../core/member.ts";
import type { CheckedHit, SearchHit, SearchReport } from "../../pipelines/search.ts";
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
  const named =
    new Set([...report.engines, ...report.hits.map(({ engine }) => ({ name: engine }))].map(nameOf)).size > 1;
  const told = new Set<string>();
  const blocks = report.hits.map((hit) => {
    // What a collection is about is said once, at its first hit.
    const about = hit.context !== null && !told.has(hit.engine) ? hit.context : undefined;
    told.add(hit.engine);
    return renderHit(hit, { report, projectDir, terminal, engine: named ? hit.engine : undefined, about });
  });
  return `${renderRewrites(report, terminal)}${blocks.join("\n")}${renderPlans(report)}`;
}

const nameOf = ({ name }: { name: string }) => name;

interface HitView {
  report: SearchReport;
  projectDir: string;
  terminal: Terminal;
  /** Shown where hits may be of several. */
  engine: string | undefined;
  about: string | undefined;
}

/** The query in other words, as a model wrote it. */
function renderRewrites({ rewrites }: SearchReport, terminal: Terminal): string {
  if (!rewrites) return "";
  const text = rewrites.length === 0 ? "the model wrote no other words" : `also: ${rewrites.map(safeLine).join(" · ")}`;
  return `${paintFor(terminal).dim(text)}\n\n`;
}

function renderHit(hit: SearchHit, { report, projectDir, terminal, engine, about }: HitView): string {
  const paint = paintFor(terminal);
  const place = paint.bold(paint.cyan(placeOf(hit)));
  const linked = terminal.isTTY && terminal.color ? link(hit, projectDir, place) : place;
  const head = [linked, hit.score.toFixed(3), ...(engine === undefined ? [] : [safeLine(engine)]), ...markOf(hit)];
  // The name of a file, which is the title where it has no other, stands in the line above.
  const title = hit.path.endsWith(hit.title) ? "" : hit.title;
  const above = [title, ...hit.headings.filter((heading) => heading !== title)];
  const lines = [
    `${String(hit.rank).padStart(2)} ${head.map((part, i) => (i === 0 ? part : paint.dim(part))).join("  ")}`,
  ];
  if (about !== undefined) lines.push(INDENT + paint.dim(safeLine(about)));
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

/** What has become of the file since it was indexed, where that was looked at. */
function markOf({ stale, missing }: Partial<CheckedHit>): string[] {
  return missing ? ["file is gone"] : stale ? ["file has changed since"] : [];
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
    const leg = hit.legs[name];
    if (!leg) return `${name}: not among its candidates`;
    const part = hit.explain?.[name];
    const adds = part === undefined ? "" : `, adds ${part.toFixed(4)}`;
    const { rank, score, coverage, evidence } = leg;
    const measured = `${measure} ${(coverage === undefined ? score : score / coverage).toFixed(4)}`;
    const share = coverage === undefined ? "" : ` × ${coverage.toFixed(2)} of the words`;
    const counts = evidence === undefined ? "" : `, ${evidence.toFixed(4)} beside the vector`;
    return `${name}: rank ${rank}, ${measured}${share}${counts}${adds}`;
  };
  return [`id: ${hit.id}`, line("vector", "cosine"), line("text", "BM25"), ...rewriteLines(hit), ...rerankLines(hit)];
}

function rewriteLines({ rewritten, explain }: SearchHit): string[] {
  if (!rewritten) return [];
  const ranks = rewritten.map(({ query, rank }) => `rank ${rank} for "${safeLine(query)}"`);
  return [`other words: ${ranks.join(", ")}, adds ${(explain?.rewrites ?? 0).toFixed(4)}`];
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
