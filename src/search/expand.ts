/** A query in other words: what a model wrote taken with care, and its hits added to those of the query itself. */
import { byScore, type Fused, TEXT_HALF } from "./fusion.ts";

/** Rewrites that are used, and characters of each. */
export const MOST_REWRITES = 3;
const MOST_CHARS = 200;
const LEAST_LETTERS = 3;

/**
 * What all rewrites together count. Two passages whose own scores differ by a third or more, of a scale from 0 to 1,
 * keep their order whatever a model wrote.
 */
const SHARE = 0.25;

/**
 * The rewrites in what a model wrote, one per line: without numbers, bullets and quotation marks, none twice and none
 * that is the query, at most three of 200 characters. Lines without words, and what a model thought aloud, are left out.
 */
export function rewritesOf(written: string, query: string): string[] {
  const found = new Map<string, string>();
  const known = plain(query);
  const said = written.replace(/<think>[\s\S]*?(?:<\/think>|$)/g, "").split("\n");
  for (const line of said) {
    if (found.size === MOST_REWRITES) break;
    const text = shortened(unmarked(line));
    const key = plain(text);
    if (!hasWords(text) || key === known || found.has(key)) continue;
    found.set(key, text);
  }
  return [...found.values()];
}

/** Letters, and more of them than of all other signs. */
function hasWords(text: string): boolean {
  const letters = text.match(/[\p{L}\p{M}]/gu)?.length ?? 0;
  return letters >= LEAST_LETTERS && letters * 2 > text.replace(/\s+/g, "").length;
}

function unmarked(line: string): string {
  return line
    .replace(/[\p{Cc}\p{Cf}\ufffd]/gu, " ")
    .replace(/^\s*(?:[-*•–]|\(?\d{1,2}[.):]|query:|q:)\s*/i, "")
    .replace(/^["'“„«`]+|["'”“»`]+$/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

function shortened(text: string): string {
  if (text.length <= MOST_CHARS) return text;
  const cut = text.slice(0, MOST_CHARS).toWellFormed();
  return cut.slice(0, cut.lastIndexOf(" ") > 0 ? cut.lastIndexOf(" ") : cut.length).trim();
}

function plain(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}

/** The rows of a rewrite, best first. */
export interface RewriteRows {
  query: string;
  rows: readonly Fused[];
}

/**
 * One ranking of the query's own rows and those of its rewrites: score = ¾·own + ¼·mean over the rewrites, 0–1. BM25
 * of a search by words is brought to that scale first, a cosine below 0 counts as 0.
 */
export function withRewrites(
  own: readonly Fused[],
  rewrites: readonly RewriteRows[],
  mode: "hybrid" | "vector" | "text",
): Fused[] {
  if (rewrites.length === 0) return [...own];
  const worth = (score: number) => (mode === "text" ? score / (score + TEXT_HALF) : Math.max(0, score));
  const rows = new Map(own.map((row) => [row.id, scaled(row, (1 - SHARE) * worth(row.score))]));
  for (const { query, rows: found } of rewrites) {
    for (const [index, { id, score }] of found.entries()) {
      const row = rows.get(id) ?? { id, score: 0, legs: {}, contributions: {} };
      const added = (SHARE / rewrites.length) * worth(score);
      row.score += added;
      row.contributions.rewrites = (row.contributions.rewrites ?? 0) + added;
      row.rewritten = [...(row.rewritten ?? []), { query, rank: index + 1 }];
      rows.set(id, row);
    }
  }
  return [...rows.values()].sort(byScore);
}

function scaled({ id, legs, score, contributions }: Fused, to: number): Fused {
  const scale = score === 0 ? 0 : to / score;
  const parts = Object.entries(contributions).map(([name, part]) => [name, part * scale]);
  return { id, legs, score: to, contributions: Object.fromEntries(parts) };
}
