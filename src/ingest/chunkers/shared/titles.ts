/** Titles that are lines of text: underlined ones (reStructuredText, AsciiDoc, plain text), and AsciiDoc's `== Title`. */

export interface Title {
  /** Offset of its first line: an overline, or the words. */
  start: number;
  /** Offset just after its last line. */
  end: number;
  /** 1 is the outermost. */
  level: number;
  words: string;
}

/** Longest title in characters: a longer line is a paragraph. */
const LONGEST = 200;
/** An underline may be this much shorter than its title (AsciiDoc), and this much longer (careless ones). */
const SHORTER = 2;
const LONGER = 40;
const SHORTEST_UNDERLINE = 3;

const UNDERLINE = /^([!-/:-@[-`{-~])\1+[ \t]*$/;
const EQUALS = /^(={1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?[ \t]*$/;
const WORDS = /[\p{L}\p{N}]/u;

interface Line {
  start: number;
  /** After its newline. */
  end: number;
  text: string;
}

/**
 * Titles in order. Which adornment means which level is told by the order in which they first occur, an overline making
 * another one (docutils' rule).
 */
export function* scanTitles(text: string): Generator<Title> {
  const styles: string[] = [];
  let before: Line | undefined;
  let line = lineAt(text, 0);
  while (line) {
    const next = lineAt(text, line.end);
    const equals = isBlank(before) ? EQUALS.exec(line.text) : null;
    if (equals && equals[2]!.length <= LONGEST && WORDS.test(equals[2]!)) {
      yield { start: line.start, end: line.end, level: equals[1]!.length, words: plainWords(equals[2]!) };
    } else if (next && isTitle(line, next)) {
      const over = before !== undefined && isOverline(before, line, next) ? before : undefined;
      if (over || isBlank(before) || isLabel(before!)) {
        const style = `${next.text[0]}${over ? "^" : ""}`;
        if (!styles.includes(style)) styles.push(style);
        yield {
          start: (over ?? line).start,
          end: next.end,
          level: styles.indexOf(style) + 1,
          words: plainWords(line.text),
        };
        before = undefined;
        line = lineAt(text, next.end);
        continue;
      }
    }
    before = line;
    line = next;
  }
}

function isTitle(line: Line, underline: Line): boolean {
  const width = Bun.stringWidth(line.text.trimEnd());
  const adornment = underline.text.trimEnd();
  if (width === 0 || width > LONGEST || adornment.length < Math.max(SHORTEST_UNDERLINE, width - SHORTER)) return false;
  if (adornment.length > width + LONGER || !UNDERLINE.test(adornment)) return false;
  return WORDS.test(line.text) && !UNDERLINE.test(line.text) && !line.text.startsWith("..");
}

/** Four characters above and below are the borders of an AsciiDoc block with one line. */
function isOverline(over: Line, line: Line, under: Line): boolean {
  const adornment = over.text.trimEnd();
  if (!UNDERLINE.test(adornment) || adornment !== under.text.trimEnd() || adornment.length === 4) return false;
  return adornment.length >= Bun.stringWidth(line.text.trim());
}

function isBlank(line: Line | undefined): boolean {
  return line === undefined || line.text.trim() === "";
}

/** A line that names what follows: `.. _label:` or `[[label]]`. */
function isLabel({ text }: Line): boolean {
  return /^\.\. _[^:]*:\s*$|^\[[^\]]+\]\]?\s*$/.test(text);
}

/** Without roles and marks: ``:mod:`zlib` --- Compression`` is `zlib --- Compression`. */
function plainWords(title: string): string {
  return title
    .replace(/:[a-z][a-z0-9:+._-]*:(?=`)/gi, "")
    .replace(/[`*]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

function lineAt(text: string, start: number): Line | undefined {
  if (start >= text.length) return undefined;
  const newline = text.indexOf("\n", start);
  const end = newline === -1 ? text.length : newline + 1;
  // Only the beginning matters: a line of 100 MB is no title.
  return { start, end, text: text.slice(start, Math.min(newline === -1 ? text.length : newline, start + 4 * LONGEST)) };
}
