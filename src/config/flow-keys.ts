/** Keys of YAML's flow style, `{ k: 5, fields: { title: 2 } }`, with their lines. */

export interface FlowKey {
  /** With the path of the mapping before it. */
  path: string;
  /** 0-based offset in the text. */
  offset: number;
}

/** A mapping or a list that is open; a list, and what is in one, has no paths. */
interface Open {
  /** Path of a mapping whose keys are followed. */
  path: string | undefined;
  isMapping: boolean;
  /** A key may come next. */
  atKey: boolean;
  /** Path of the value that comes next. */
  next: string | undefined;
}

const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/suy;
const PLAIN = /[^\s,:[\]{}#"'][^,:[\]{}\n]*(?::(?![\s,[\]{}])[^,:[\]{}\n]*)*/uy;

/**
 * The keys of the mapping that begins at an offset, those inside of it too. Text that is no flow style ends the search: the
 * YAML reader says what is wrong with it.
 *
 * @param offset of the `{`
 * @param path of the mapping, `steps.one`
 */
export function flowKeys(text: string, offset: number, path: string): FlowKey[] {
  const keys: FlowKey[] = [];
  const open: Open[] = [];
  let next: string | undefined = path;
  for (let at = offset; at < text.length; ) {
    const inner = open.at(-1);
    const char = text[at]!;
    if (char === "{" || char === "[") {
      const isMapping = char === "{";
      open.push({ path: isMapping ? next : undefined, isMapping, atKey: true, next: undefined });
      next = undefined;
    } else if (char === "}" || char === "]") {
      open.pop();
      if (open.length === 0) return keys;
    } else if (char === "," && inner) {
      inner.atKey = true;
      next = undefined;
    } else if (char === "#" && /\s/.test(text[at - 1] ?? "")) {
      const end = text.indexOf("\n", at);
      if (end === -1) return keys;
      at = end;
    } else if (!/\s/.test(char)) {
      const word = wordAt(text, at);
      if (word === undefined) {
        at++;
        continue;
      }
      const isKey =
        inner?.isMapping && inner.atKey && /^\s*:/.test(text.slice(at + word.length, at + word.length + 80));
      if (isKey && inner) {
        inner.atKey = false;
        next = inner.path === undefined ? undefined : `${inner.path}.${word.trim().replace(/^(["'])(.*)\1$/s, "$2")}`;
        if (next !== undefined) keys.push({ path: next, offset: at });
      }
      at += word.length;
      continue;
    }
    at++;
  }
  return keys;
}

function wordAt(text: string, at: number): string | undefined {
  for (const pattern of [QUOTED, PLAIN]) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return match[0];
  }
  return undefined;
}
