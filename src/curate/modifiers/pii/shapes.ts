/** Numbers of fixed shapes, such as `999-99-9999`: one walk through a tree of shapes finds all that could fit. */
import { before, endsNumber, isAsciiWord, isDigit, isInRow, isInTable, isUpper, startsNumber } from "./characters.ts";
import type { Digits, PiiKind, PiiSpan } from "./detector.ts";

export interface ShapedNumber {
  /** Country and name, e.g. `uk-nino`. */
  name: string;
  /** `9` a digit, `A` a capital letter, everything else itself. */
  shapes: readonly string[];
  /** Whether letters and digits (nothing else is passed) are such a number. */
  valid(plain: string): boolean;
  /** What has to stand before it: for numbers whose shape and check digits say too little. */
  context?: RegExp;
  /** Shapes that need the context, where the others do not. */
  bare?: readonly string[];
}

interface Node {
  next: Map<string, Node>;
  entries: { entry: ShapedNumber; needsContext: boolean }[];
}

const contextLength = 48;

/** Makes the look for numbers of these shapes; the longest one that is valid wins. */
export function compileShapes(
  kind: PiiKind,
  numbers: readonly ShapedNumber[],
  otherNumbers: RegExp,
): (text: string, digits: Digits) => PiiSpan | undefined {
  const root: Node = { next: new Map(), entries: [] };
  for (const entry of numbers) {
    for (const shape of entry.shapes) insert(root, shape, entry, entry.context !== undefined && !entry.bare);
    for (const shape of entry.bare ?? []) insert(root, shape, entry, true);
  }
  return (text, { start, wordStart }) => {
    const end = longest(root, text, wordStart, otherNumbers);
    if (end !== undefined) return { start: wordStart, end, kind };
    // "AB 12 34 56 C": two letters stand alone before the digits.
    const apart = start - 3;
    if (wordStart !== start || apart < 0 || !isUpper(text.charCodeAt(apart + 1))) return undefined;
    const other = isUpper(text.charCodeAt(apart)) ? longest(root, text, apart, otherNumbers) : undefined;
    return other === undefined ? undefined : { start: apart, end: other, kind };
  };
}

function insert(root: Node, shape: string, entry: ShapedNumber, needsContext: boolean): void {
  let node = root;
  for (const step of shape) {
    let child = node.next.get(step);
    if (!child) {
      child = { next: new Map(), entries: [] };
      node.next.set(step, child);
    }
    node = child;
  }
  node.entries.push({ entry, needsContext });
}

function longest(root: Node, text: string, start: number, otherNumbers: RegExp): number | undefined {
  let node: Node | undefined = root;
  let best: number | undefined;
  for (let at = start; ; ) {
    const code = text.charCodeAt(at++);
    node = node.next.get(isDigit(code) ? "9" : isUpper(code) ? "A" : code === 0xa0 ? " " : String.fromCharCode(code));
    if (!node) break;
    if (node.entries.length > 0 && node.entries.some((found) => fits(found, text, start, at, otherNumbers))) best = at;
  }
  return best;
}

function fits(
  { entry, needsContext }: Node["entries"][number],
  text: string,
  start: number,
  end: number,
  otherNumbers: RegExp,
): boolean {
  if (!startsNumber(text, start) || !endsNumber(text, end)) return false;
  const plain = text.slice(start, end).replace(/[^A-Z0-9]+/g, "");
  // Four zeros in front are what our own fake numbers have, and no real one.
  if (/^[A-Z]{0,6}0000/.test(plain) || !isAsciiWord(plain.charCodeAt(0)) || !entry.valid(plain)) return false;
  if (text.charCodeAt(start + 4) === 32 && isInTable(text, start, end)) return false;
  const context = before(text, start, contextLength);
  if (needsContext) return entry.context!.test(context);
  return !otherNumbers.test(context) && !(text.slice(start, end).includes(" ") && isInRow(text, start, end));
}
