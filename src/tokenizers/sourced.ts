/** Text that was changed, and, where spans are wanted, where each of its code units came from. */

/** Per code unit of a text: the span in the source that it stands for, end exclusive. */
export interface Origins {
  starts: Int32Array;
  ends: Int32Array;
}

export interface Sourced {
  text: string;
  /** Undefined when nobody asks for spans. */
  origins: Origins | undefined;
  /** The text begins where the source begins: nothing was taken off its start. */
  first: boolean;
}

/** A change of text, such as a normalizer. */
export type Step = (input: Sourced) => Sourced;

/** `text[start, end)` of a source, with or without origins. */
export function sourced(text: string, start: number, end: number, tracked: boolean): Sourced {
  const part = start === 0 && end === text.length ? text : text.slice(start, end);
  if (!tracked) return { text: part, origins: undefined, first: start === 0 };
  const starts = new Int32Array(part.length);
  const ends = new Int32Array(part.length);
  for (let i = 0; i < part.length; ) {
    // Both units of a pair stand for the whole of it.
    const width = part.codePointAt(i)! > 0xffff ? 2 : 1;
    starts.fill(start + i, i, i + width);
    ends.fill(start + i + width, i, i + width);
    i += width;
  }
  return { text: part, origins: { starts, ends }, first: start === 0 };
}

/** A part of a text, code units. */
export function sliceOf({ text, origins, first }: Sourced, start: number, end: number): Sourced {
  return {
    text: text.slice(start, end),
    origins: origins && { starts: origins.starts.subarray(start, end), ends: origins.ends.subarray(start, end) },
    first: first && start === 0,
  };
}

/** Puts other text in the place of `text[start, end)`. */
export interface Edit {
  start: number;
  end: number;
  text: string;
  /** The new text stands for the last character of the old one only, as the library's replacements do. */
  ofLast?: boolean;
}

/** Applies edits that ascend and do not overlap. A change that keeps the length keeps units in their places. */
export function applyEdits(input: Sourced, edits: readonly Edit[]): Sourced {
  if (edits.length === 0) return input;
  let text = "";
  let at = 0;
  for (const edit of edits) {
    text += input.text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  text += input.text.slice(at);
  const first = input.first && !(edits[0]!.start === 0 && leavesStart(input.text.slice(0, edits[0]!.end), edits[0]!));
  return { text, origins: input.origins && moved(input.origins, edits, text.length), first };
}

/** Whether what an edit puts in the place of `old` at the start does not stand for the start any more. */
function leavesStart(old: string, { text, ofLast }: Pick<Edit, "text" | "ofLast">): boolean {
  return old !== "" && (text === "" || (ofLast === true && old.length > (old.codePointAt(0)! > 0xffff ? 2 : 1)));
}

function moved(from: Origins, edits: readonly Edit[], length: number): Origins {
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  let read = 0;
  let write = 0;
  const keep = (to: number) => {
    starts.set(from.starts.subarray(read, to), write);
    ends.set(from.ends.subarray(read, to), write);
    write += to - read;
    read = to;
  };
  for (const { start, end, text, ofLast } of edits) {
    keep(start);
    if (text.length === end - start && !ofLast) keep(end);
    else {
      // What was put in where nothing stood belongs to the unit before it, at the start to the first one.
      const first = from.starts[end > start ? (ofLast ? end - 1 : start) : Math.max(0, start - 1)] ?? 0;
      const last = from.ends[end > start ? end - 1 : Math.max(0, start - 1)] ?? 0;
      starts.fill(first, write, write + text.length);
      ends.fill(last, write, write + text.length);
      write += text.length;
      read = end;
    }
  }
  keep(from.starts.length);
  return { starts, ends };
}

/** Changes every match of a global pattern; `ofLast` as in `Edit`. */
export function rewrite(input: Sourced, pattern: RegExp, change: (match: string) => string, ofLast = false): Sourced {
  if (!input.origins) {
    let { first } = input;
    const text = input.text.replace(pattern, (match, at: number) => {
      const changed = change(match);
      if (at === 0 && leavesStart(match, { text: changed, ofLast })) first = false;
      return changed;
    });
    return text === input.text ? input : { text, origins: undefined, first };
  }
  const edits: Edit[] = [];
  for (const match of input.text.matchAll(pattern)) {
    const [found] = match;
    const text = change(found);
    if (text === found) continue;
    const { index } = match;
    edits.push(ofLast ? { start: index, end: index + found.length, text, ofLast } : narrowed(index, found, text));
  }
  return applyEdits(input, edits);
}

/** An edit without what is the same at both ends. */
function narrowed(at: number, found: string, text: string): Edit {
  const most = Math.min(found.length, text.length);
  let head = 0;
  while (head < most && found[head] === text[head]) head++;
  let tail = 0;
  while (tail < most - head && found.at(-1 - tail) === text.at(-1 - tail)) tail++;
  return { start: at + head, end: at + found.length - tail, text: text.slice(head, text.length - tail) };
}

/** Puts text before a text. */
export function prepend(input: Sourced, text: string): Sourced {
  if (!input.origins) return { text: text + input.text, origins: undefined, first: input.first };
  return applyEdits(input, [{ start: 0, end: 0, text }]);
}
