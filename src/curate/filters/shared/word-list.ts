/** Lists of words that a user gives as a file, and where they stand in a text. */
import { readFile } from "node:fs/promises";
import { MdpError, messageOf, UsageError } from "../../../core/errors.ts";

/** Lines of a list, without comments (`#`) and blank lines; an error names the setting when there is no such file. */
export async function readList(path: string | undefined, setting: string, step: string): Promise<string[]> {
  if (path === undefined) {
    throw new UsageError(
      `the filter ${step} needs a list: ${setting} is not set`,
      `set ${setting} to a file, one entry a line`,
    );
  }
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new MdpError({
      code: "list-unreadable",
      message: `${setting}: cannot read ${path}: ${messageOf(cause)}`,
      where: path,
      hint: `set ${setting} to a readable file, one entry a line`,
      cause,
    });
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** Scripts without spaces between words: an entry is found inside others. */
const unspaced = new Set(["ja", "th", "zh"]);

const wordCharacter = /[\p{L}\p{N}_]/u;
const wordRun = /[\p{L}\p{N}_]+/gu;

export interface WordList {
  /** How often entries of the list stand in a text on their own; with `first`, 1 at the first one. */
  count(text: string, lang: string | null, first: boolean): number;
}

/**
 * Entries as C4 looks for them: lower-cased, flanked by characters that are no part of a word (letters, digits, `_`).
 * An entry may hold spaces and marks.
 */
export function openWordList(entries: readonly string[]): WordList {
  const lowered = [...new Set(entries.map((entry) => entry.toLowerCase()))];
  /** Entries by the run of word characters that they begin with, longest first; those that begin otherwise apart. */
  const byFirst = new Map<string, string[]>();
  const others: string[] = [];
  for (const entry of lowered.toSorted((a, b) => b.length - a.length)) {
    const first = entry.match(wordRun)?.[0];
    if (first === undefined || !entry.startsWith(first)) others.push(entry);
    else byFirst.set(first, [...(byFirst.get(first) ?? []), entry]);
  }
  return {
    count(text, lang, first) {
      const lower = text.toLowerCase();
      if (lang !== null && unspaced.has(lang)) return countInside(lower, lowered, first);
      return countFlanked(lower, byFirst, others, first);
    },
  };
}

function countFlanked(text: string, byFirst: Map<string, string[]>, others: readonly string[], first: boolean): number {
  let count = 0;
  if (byFirst.size > 0) {
    let next = 0;
    for (const { 0: run, index } of text.matchAll(wordRun)) {
      if (index < next) continue;
      const entry = byFirst.get(run)?.find((candidate) => isFlanked(text, index, candidate));
      if (entry === undefined) continue;
      count++;
      if (first) return count;
      next = index + entry.length;
    }
  }
  for (const entry of others) {
    for (let at = text.indexOf(entry); at >= 0; at = text.indexOf(entry, at + entry.length)) {
      if (!isFlanked(text, at, entry)) continue;
      count++;
      if (first) return count;
    }
  }
  return count;
}

function isFlanked(text: string, at: number, entry: string): boolean {
  const end = at + entry.length;
  if (!text.startsWith(entry, at)) return false;
  return (
    !wordCharacter.test(before(text, at)) && !wordCharacter.test(String.fromCodePoint(text.codePointAt(end) ?? 0x20))
  );
}

/** The character that ends at an offset; a space at the beginning. */
function before(text: string, at: number): string {
  if (at === 0) return " ";
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low < 0xe000 ? text.slice(at - 2, at) : text[at - 1]!;
}

function countInside(text: string, entries: readonly string[], first: boolean): number {
  let count = 0;
  for (const entry of entries) {
    for (let at = text.indexOf(entry); at >= 0; at = text.indexOf(entry, at + entry.length)) {
      count++;
      if (first) return count;
    }
  }
  return count;
}
