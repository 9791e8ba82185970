/** Recognises the two lines that begin a table. */
import type { Line } from "./line.ts";

/** Longest delimiter row that is looked at, in characters: no table has a wider one. */
const longestDelimiter = 20_000;

/** Whether `header` and the line under it begin a table: a row of dashes with as many cells as the header has. */
export function beginsTable(text: string, header: Line, delimiter: Line): boolean {
  if (delimiter.indent > 3 || header.indent > 3 || delimiter.end - delimiter.first > longestDelimiter) return false;
  const code = text.charCodeAt(delimiter.first);
  if (code !== 124 && code !== 45 && code !== 58) return false;
  const dashes = cells(text, delimiter);
  if (!dashes.every((cell) => /^:?-+:?$/.test(cell.trim()))) return false;
  const source = text.slice(delimiter.first, delimiter.end);
  if (dashes.length === 1 && !source.includes("|")) return false;
  return text.slice(header.first, header.end).includes("|") && cells(text, header).length === dashes.length;
}

/** Cells of a row: parted by `|` that no backslash escapes, the outer ones left out when empty. */
function cells(text: string, line: Line): string[] {
  const row = text.slice(line.first, Math.min(line.end, line.first + longestDelimiter)).trim();
  const parts: string[] = [];
  let from = 0;
  let escaped = false;
  for (let at = 0; at < row.length; at++) {
    const code = row.charCodeAt(at);
    if (code === 124 && !escaped) {
      parts.push(row.slice(from, at));
      from = at + 1;
    }
    escaped = code === 92 && !escaped;
  }
  parts.push(row.slice(from));
  if (parts.length > 1 && parts[0]!.trim() === "") parts.shift();
  if (parts.length > 1 && parts.at(-1)!.trim() === "") parts.pop();
  return parts;
}
