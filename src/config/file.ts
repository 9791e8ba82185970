/** `mdp.yaml`: read, with the line of each key. */
import { join } from "node:path";
import { MdpError, messageOf } from "../core/errors.ts";
import type { Problem } from "./problems.ts";

export const FILE_NAME = "mdp.yaml";
/** A settings file is small; a larger one is something else by mistake. */
const MAX_FILE_BYTES = 1_000_000;

export interface ConfigFile {
  /** Absolute path. */
  path: string;
  /** What YAML made of it. */
  value: unknown;
  /** 1-based line of `section` and of `section.key`, where they stand in block style. */
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
  const problems: Problem[] = repeated.map(({ key, line }) => ({
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

/** Lines of the keys in the first two levels of block style; flow style is not followed. */
function scanLines(text: string): { lines: Map<string, number>; repeated: { key: string; line: number }[] } {
  const lines = new Map<string, number>();
  const repeated: { key: string; line: number }[] = [];
  let section: string | undefined;
  let indent: number | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const match = /^( *)(["']?)([\w-]+)\2\s*:(?:\s|$)/.exec(line);
    if (!match) continue;
    const depth = match[1]!.length;
    if (depth === 0) {
      section = match[3]!;
      indent = undefined;
    } else {
      indent ??= depth;
      if (section === undefined || depth !== indent) continue;
    }
    const key = depth === 0 ? match[3]! : `${section}.${match[3]}`;
    if (lines.has(key)) repeated.push({ key, line: index + 1 });
    else lines.set(key, index + 1);
  }
  return { lines, repeated };
}
