/** Running headers and footers: lines that come again at the same place of other pages. */
import type { Row } from "./rows.ts";

/** Share of the page's height at its top and bottom in which they are looked for, and how many rows of it. */
const ZONE = 0.13;
const ROWS = 3;
/** Distance in points up to which two places are the same. */
const TOLERANCE = 2.5;
/** Pages on which a line must stand; and, of few pages, all. */
const MIN_PAGES = 3;
/** Where so many of the pages have one, whatever stands at that place is one. */
const SETTLED_SHARE = 0.4;

export interface PageRows {
  rows: Row[];
  /** Lower and upper edge of the page. */
  bottom: number;
  top: number;
}

interface Candidate {
  page: number;
  row: Row;
  key: string;
  y: number;
}

/** Removes them from the pages, and tells how many rows that were. */
export function dropRunning(pages: readonly PageRows[]): number {
  if (pages.length < 2) return 0;
  const candidates = pages.flatMap((page, number) => edgesOf(page).map((row) => candidate(number, row)));
  const needed = Math.min(MIN_PAGES, pages.length);
  const byKey = Map.groupBy(candidates, ({ key }) => key);
  const running = new Set<Candidate>();
  for (const same of byKey.values()) {
    for (const found of atOnePlace(same)) if (pagesOf(found) >= needed) for (const one of found) running.add(one);
  }
  // A chapter of one page has a header that stands nowhere else.
  for (const found of atOnePlace([...running])) {
    if (pagesOf(found) < Math.max(MIN_PAGES, SETTLED_SHARE * pages.length)) continue;
    const { y, row } = found[0]!;
    for (const one of candidates) {
      if (Math.abs(one.y - y) <= 1 && one.row.size <= row.size * 1.05) running.add(one);
    }
  }
  const rows = new Set([...running].map(({ row }) => row));
  for (const page of pages) page.rows = page.rows.filter((row) => !rows.has(row));
  return rows.size;
}

function edgesOf({ rows, bottom, top }: PageRows): Row[] {
  const zone = ZONE * (top - bottom);
  const upper = rows.slice(0, ROWS).filter((row) => row.y > top - zone);
  const lower = rows.slice(-ROWS).filter((row) => row.y < bottom + zone && !upper.includes(row));
  return [...upper, ...lower];
}

/** Numbers of pages and chapters differ from page to page. */
function candidate(page: number, row: Row): Candidate {
  const text = row.pieces.map((piece) => piece.text).join(" ");
  const key = text.replace(/\b[ivxlcIVXLC]+\b|[\p{N}.]+/gu, "#").replace(/\s+/g, " ");
  // Left and right pages change the number's side.
  return { page, row, key: key.replace(/^# | #$/g, "").trim(), y: row.y };
}

function atOnePlace(candidates: readonly Candidate[]): Candidate[][] {
  const groups: Candidate[][] = [];
  for (const one of [...candidates].sort((a, b) => a.y - b.y)) {
    const last = groups.at(-1);
    if (last && one.y - last[0]!.y <= TOLERANCE) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

function pagesOf(candidates: readonly Candidate[]): number {
  return new Set(candidates.map(({ page }) => page)).size;
}
