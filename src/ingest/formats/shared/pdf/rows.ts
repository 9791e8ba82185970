/** What a PDF engine yields of a page to pieces of text, and pieces that stand side by side to rows. */

/** What the PDF engine yields; marked content has no `str`. */
interface Item {
  str?: string;
  /** Text matrix; the last two are the position on the page, y upwards. */
  transform?: number[];
  width?: number;
  height?: number;
  fontName?: string;
}

export interface Style {
  fontFamily?: string;
  vertical?: boolean;
}

/** Text of one line without a wide gap. Lengths are in points, `y` grows upwards. */
export interface Piece {
  text: string;
  left: number;
  right: number;
  y: number;
  size: number;
  /** Font of most of its characters. */
  font: string;
  mono: boolean;
}

/** Pieces at the same height, from left to right. */
export interface Row {
  y: number;
  size: number;
  pieces: Piece[];
}

/** Between words from this gap on, and between pieces from that one on, in sizes of the type. */
const WORD_GAP = 0.12;
const PIECE_GAP = 1;
/** Baselines closer than this share of the size of the type stand in one row; footnote marks do too. */
const ROW_TOLERANCE = 0.55;
/** Beyond this lean text is rotated: read after the rest of the page, as it comes. */
const MAX_LEAN = 0.2;

/** Stands for a run of dots until its row is put together. */
const DOTS = "‥";
/** Dots that lead the eye to a page's number. */
const LEADER = "…";
/** An entry of a table of contents: dots, and a page's number. */
export const LED = /… ?(?:\d{1,5}|[ivxlc]{1,6})$/i;

interface Run extends Piece {
  /** Place in the file. */
  order: number;
}

/** The page's rows from top to bottom, and its rotated text; `rotation` is the one that the page is shown with. */
export function rowsOf(
  items: readonly object[],
  styles: Readonly<Record<string, Style>>,
  rotation: number,
): { rows: Row[]; rotated: string[] } {
  const runs: Run[] = [];
  const rotated: string[] = [];
  for (const item of items as readonly Item[]) {
    const text = clean(item.str ?? "");
    if (text.trim() === "") continue;
    const [e = 0, f = 0, , , x = 0, height = 0] = item.transform ?? [];
    const [a, b] = turned(e, f, rotation);
    const [left, y] = turned(x, height, rotation);
    if (Math.abs(b) > MAX_LEAN * Math.abs(a) || a < 0) {
      rotated.push(text.trim());
      continue;
    }
    const font = item.fontName ?? "";
    const size = item.height || Math.hypot(a, b) || 1;
    const mono = styles[font]?.fontFamily === "monospace";
    runs.push({ text, left, right: left + (item.width ?? 0), y, size, font, mono, order: runs.length });
  }
  return { rows: groupRows(runs).map(toRow), rotated };
}

/** A point of a page that is shown turned clockwise, with its origin moved by the page's edges. */
export function turned(x: number, y: number, rotation: number): [number, number] {
  switch (((rotation % 360) + 360) % 360) {
    case 90:
      return [y, -x];
    case 180:
      return [-x, -y];
    case 270:
      return [-y, x];
    default:
      return [x, y];
  }
}

function clean(text: string): string {
  const spaced = text.replaceAll("\0", "").toWellFormed().replace(/\s+/g, " ");
  return spaced.includes("..") || spaced.includes(". .") ? spaced.replace(/(?: ?\.){4,}/g, DOTS) : spaced;
}

/** By falling baseline; a row ends where the next run is too low, or stands over one that is in it. */
function groupRows(runs: Run[]): Run[][] {
  const sorted = runs.sort((one, other) => other.y - one.y || one.left - other.left || one.order - other.order);
  const rows: Run[][] = [];
  let open: { runs: Run[]; y: number; size: number }[] = [];
  for (const run of sorted) {
    open = open.filter((row) => row.y - run.y <= ROW_TOLERANCE * Math.max(row.size, run.size));
    const row = open.findLast((candidate) => fits(candidate, run));
    if (row) {
      row.runs.push(run);
      // A raised mark comes before the line that it belongs to.
      if (run.size > row.size) Object.assign(row, { y: run.y, size: run.size });
    } else {
      const fresh = { runs: [run], y: run.y, size: run.size };
      open.push(fresh);
      rows.push(fresh.runs);
    }
  }
  return rows;
}

function fits(row: { runs: Run[]; y: number; size: number }, run: Run): boolean {
  if (row.y - run.y > ROW_TOLERANCE * Math.min(row.size, run.size) && row.size === run.size) return false;
  return row.runs.every((other) => {
    const slack = (endsWithAccent(other.text) || endsWithAccent(run.text) ? 0.7 : 0.3) * run.size;
    return run.left >= other.right - slack || run.right <= other.left + slack || isOver(other, run);
  });
}

/** Accents that are drawn before their letter, and over it. */
const ACCENTS: Readonly<Record<string, string>> = {
  "¨": "\u0308",
  "´": "\u0301",
  ˆ: "\u0302",
  "¸": "\u0327",
  ˇ: "\u030c",
  "˝": "\u030b",
  "˚": "\u030a",
  "¯": "\u0304",
  "˘": "\u0306",
};
const ACCENT = new RegExp(`([${Object.keys(ACCENTS).join("")}]) ?(\\p{L})`, "gu");

function endsWithAccent(text: string): boolean {
  return Object.hasOwn(ACCENTS, text.at(-1) ?? "");
}

/** An accent and the letter after it as one letter. */
function composed(text: string): string {
  return text.replace(ACCENT, (_, accent: string, letter: string) => (letter + ACCENTS[accent]!).normalize("NFC"));
}

/** Shadows and strokes write the same text twice at nearly the same place. */
function isOver(one: Piece, other: Piece): boolean {
  return one.text === other.text && Math.abs(one.left - other.left) < 1 && Math.abs(one.y - other.y) < 1;
}

function toRow(runs: Run[]): Row {
  runs.sort((one, other) => one.left - other.left || one.order - other.order);
  const pieces: Piece[] = [];
  let chars = 0;
  // An entry of a table of contents is one line.
  const led = runs.some(({ text }) => text.includes(DOTS));
  for (const run of runs) {
    const last = pieces.at(-1);
    if (last && isOver(last, run)) continue;
    const size = last ? Math.max(last.size, run.size) : run.size;
    if (!last || (!led && run.left - last.right > PIECE_GAP * size)) {
      const { order: _, ...piece } = run;
      pieces.push(piece);
      chars = run.text.length;
      continue;
    }
    last.text += (run.left - last.right > WORD_GAP * size ? " " : "") + run.text;
    last.right = Math.max(last.right, run.right);
    last.mono &&= run.mono;
    if (run.text.length > chars) {
      chars = run.text.length;
      last.font = run.font;
      last.size = run.size;
      last.y = run.y;
    }
  }
  for (const piece of pieces) {
    const text = composed(piece.text.replace(/\s+/g, " ").trim());
    piece.text = led ? text.replace(/(?: ?[.‥]){2,} ?| ?‥ ?/g, ` ${LEADER} `).trim() : text;
  }
  const main = pieces.reduce((one, other) => (other.text.length > one.text.length ? other : one));
  return { y: main.y, size: main.size, pieces };
}
