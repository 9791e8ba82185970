/** Removes lines that belong to a web page rather than to its text: notices, menus, buttons, separators. */
import type { Step } from "../step.ts";
import { boilerplateLine, longestLine, menuWords } from "./boilerplate/patterns.ts";

export default async function open(): Promise<Step> {
  return {
    name: "boilerplate",
    apply(item) {
      const lines = item.text.split("\n");
      const removed = linesToRemove(lines);
      item.scores["boilerplate.lines"] = (item.scores["boilerplate.lines"] ?? 0) + removed.size;
      if (removed.size === 0) return undefined;
      const kept = lines.filter((_, index) => !removed.has(index)).join("\n");
      item.scores["boilerplate.chars"] = (item.scores["boilerplate.chars"] ?? 0) + item.text.length - kept.length;
      item.text = kept;
      return undefined;
    },
  };
}

/** Indices of the lines that go. */
export function linesToRemove(lines: readonly string[]): Set<number> {
  const removed = new Set<number>();
  for (let i = 0; i < lines.length; i++) if (isBoilerplate(lines[i]!)) removed.add(i);
  removeSeparators(lines, removed);
  return removed;
}

function isBoilerplate(line: string): boolean {
  if (line.length > longestLine || line.length < 2) return false;
  const trimmed = line.trim();
  if (trimmed.length < 2) return false;
  return boilerplateLine.test(trimmed.toLowerCase()) || isMenu(trimmed);
}

const menuJoint = /[|•·»›]|\s[-–—*/>]\s/;

/** "Home | About | Contact": three or more short items, and the words of menus among them. */
function isMenu(line: string): boolean {
  // The row of a table begins and ends with its bars.
  if (line.startsWith("|") && line.endsWith("|")) return false;
  const items = line
    .toLowerCase()
    .split(menuJoint)
    .map((item) => item.replace(/^[\s[\]()]+|[\s[\]()]+$/g, ""))
    .filter((item) => item !== "");
  if (items.length < 3 || items.some((item) => item.length > 30)) return false;
  const known = items.filter((item) => menuWords.has(item)).length;
  return known * 2 >= items.length || items[0] === "home";
}

const marks = "-=_*~#•·+";
const longestSeparator = 400;

/** Lines of separators only go where blank lines stand around them; beside text they are a heading or a table. */
function removeSeparators(lines: readonly string[], removed: Set<number>): void {
  const isBlank = (line: string | undefined) => line === undefined || line.trim() === "";
  const kept: number[] = [];
  for (let i = 0; i < lines.length; i++) if (!removed.has(i)) kept.push(i);
  for (let i = 0; i < kept.length; i++) {
    if (!isSeparator(lines[kept[i]!]!)) continue;
    let end = i + 1;
    while (end < kept.length && isSeparator(lines[kept[end]!]!)) end++;
    const [before, after] = [lines[kept[i - 1] ?? -1], lines[kept[end] ?? -1]];
    // The first line of a file may open its front matter.
    if (i > 0 && isBlank(before) && isBlank(after)) for (let j = i; j < end; j++) removed.add(kept[j]!);
    i = end - 1;
  }
}

/** Three marks or more of one kind, five of several, and nothing but spaces between. */
function isSeparator(line: string): boolean {
  if (line.length > longestSeparator) return false;
  const trimmed = line.trim();
  let mixed = false;
  let count = 0;
  for (const character of trimmed) {
    if (marks.includes(character)) {
      mixed ||= character !== trimmed[0];
      count++;
    } else if (character !== " " && character !== "\t") return false;
  }
  return count >= (mixed ? 5 : 3);
}
