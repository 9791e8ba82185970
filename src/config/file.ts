/** `mdp.yaml`: read, with the line of each key. */
import { join } from "node:path";
import { MdpError, messageOf } from "../core/errors.ts";
import { flowKeys } from "./flow-keys.ts";
import type { Problem } from "./problems.ts";

export const FILE_NAME = "mdp.yaml";
/** A settings file is small; a larger one is something else by mistake. */
const MAX_FILE_BYTES = 1_000_000;

export interface ConfigFile {
  /** Absolute path. */
  path: string;
  /** What YAML made of it. */
  value: unknown;
  /** 1-based line of each key by its path (`section.key`, `engines.name.key`). */
  lines: ReadonlyMap<string, number>;
  /** Syntax errors and keys that are given twice, which YAML would quietly drop. */
  problems: readonly Problem[];
}

/** The file of a project folder, or null when it has none. */
export async function readConfigFile(projectDir: string): Promise<ConfigFile | null> {
  const path = join(projectDir, FILE_NAME);
  const file = Bun.file(path);
  if (!(await file.exists())) return null;
  if (file.size > MAX_FILE_BYTES) {
    throw new MdpError({
      code: "config-too-large",
      message: `the file has ${file.size} bytes; settings have at most ${MAX_FILE_BYTES}`,
      where: path,
      hint: "mdp config schema prints what belongs there",
    });
  }
  return parseConfigText(path, await file.text());
}

export function parseConfigText(path: string, text: string): ConfigFile {
  const { lines, repeated } = scanLines(text);
  const keys = new Set(repeated.map(({ key }) => key));
  const inRepeated = (key: string) =>
    key.split(".").some((_, i, parts) => i > 0 && keys.has(parts.slice(0, i).join(".")));
  const problems: Problem[] = repeated
    .filter(({ key }) => !inRepeated(key))
    .map(({ key, line }) => ({
      key,
      message: `"${key}" is given twice`,
      where: `${FILE_NAME}:${line}`,
      hint: `it stands first in line ${lines.get(key)}; keep one of them`,
    }));
  try {
    return { path, value: Bun.YAML.parse(text) ?? {}, lines, problems };
  } catch (error) {
    const hint = "it is YAML: a section name and a colon, then two spaces, a key, a colon and its value";
    problems.push({ key: "", message: `not valid YAML: ${messageOf(error)}`, where: FILE_NAME, hint });
    return { path, value: {}, lines, problems };
  }
}

/** A key under which others may stand. */
interface Open {
  /** Columns before the key. */
  indent: number;
  path: string;
  /** Columns before the keys under it, known from the first one. */
  inner?: number;
  /** It holds a value or a list: what is indented under it are no keys of sections. */
  closed: boolean;
}

/** Lines of the keys; lists and texts of several lines are not followed. */
function scanLines(text: string): { lines: Map<string, number>; repeated: { key: string; line: number }[] } {
  const lines = new Map<string, number>();
  const repeated: { key: string; line: number }[] = [];
  const found = (path: string, line: number) => {
    if (lines.has(path)) repeated.push({ key: path, line });
    else lines.set(path, line);
  };
  const stack: Open[] = [{ indent: -1, path: "", inner: 0, closed: false }];
  let offset = 0;
  for (const [index, whole] of text.split("\n").entries()) {
    const start = offset;
    offset += whole.length + 1;
    const line = whole.replace(/\r$/, "");
    const indent = line.search(/[^ ]/);
    if (indent === -1 || line[indent] === "#") continue;
    while (stack.at(-1)!.indent >= indent && !(line[indent] === "-" && stack.at(-1)!.indent === indent)) stack.pop();
    const parent = stack.at(-1)!;
    if (/^-(\s|$)/.test(line.slice(indent))) parent.closed = true;
    const match = /^(["']?)([\w-]+)\1\s*:(?:\s+(.*))?$/.exec(line.slice(indent));
    if (!match || parent.closed) continue;
    parent.inner ??= indent;
    if (indent !== parent.inner) continue;
    const path = parent.path === "" ? match[2]! : `${parent.path}.${match[2]}`;
    found(path, index + 1);
    const value = (match[3] ?? "").replace(/(^|\s)#.*$/, "").trim();
    if (value.startsWith("{")) {
      const from = start + indent + match[0].length - match[3]!.length;
      let [seen, at] = [from, index + 1];
      for (const key of flowKeys(text, from, path)) {
        at += text.slice(seen, key.offset).split("\n").length - 1;
        seen = key.offset;
        found(key.path, at);
      }
    }
    stack.push({ indent, path, closed: value !== "" });
  }
  return { lines, repeated };
}
