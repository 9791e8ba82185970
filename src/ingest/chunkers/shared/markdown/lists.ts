/** Break points of a list: its items, then the items inside them. */
import { type Splitter, strength } from "../breaks.ts";
import { closesFence, type Fence, fenceOf, isBlank, lineAt, markerOf } from "./line.ts";

/** Beginnings of the outermost items. */
export const splitItems: Splitter = (text, start, end, add) => {
  eachItem(text, start, end, (at, nested) => nested || add(at, strength.paragraph));
};

/** Beginnings of nested items. */
export const splitNestedItems: Splitter = (text, start, end, add) => {
  eachItem(text, start, end, (at, nested) => nested && add(at, strength.sentence));
};

/** Every line of `[start, end)` after the first that begins an item; nested is what is indented deeper than the first. */
function eachItem(text: string, start: number, end: number, found: (at: number, nested: boolean) => unknown): void {
  const first = lineAt(text, start);
  const content = markerOf(text, first)?.content ?? first.indent + 1;
  let fence: Fence | undefined;
  for (let at = first.end + 1; at < end; ) {
    const line = lineAt(text, at);
    at = line.end + 1;
    if (isBlank(line)) continue;
    if (fence) {
      if (closesFence(text, line, fence)) fence = undefined;
      continue;
    }
    fence = fenceOf(text, line);
    if (!fence && markerOf(text, line)) found(line.start, line.indent >= content);
  }
}
