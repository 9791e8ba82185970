/** Which paths `.gitignore`, `.mdpignore`, `.git/info/exclude` and the `exclude` setting leave out. */
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import ignore, { type Ignore } from "ignore";
import { relativePath } from "./root.ts";

export type Verdict = "ignored" | "included" | "unmentioned";

/** A list of rules with those of the folders around it; the innermost that speaks of a path decides. */
export interface IgnoreRules {
  readonly dir: string;
  readonly rules: Rules;
  /** Git's own, which hold inside one repository only. */
  readonly git: boolean;
  /** The file that they stand in; undefined for those of a setting. */
  readonly file: string | undefined;
  readonly outer: IgnoreRules | undefined;
}

/** What decided on a path. */
export interface Decision {
  verdict: "ignored" | "included";
  /** As it is written. */
  pattern: string | undefined;
  file: string | undefined;
}

interface Rules {
  test(relative: string): Verdict;
  /** The pattern that the verdict is from. */
  patternFor(relative: string): string | undefined;
}

/** Git compares names without case where the file system does. */
const ignoreCase = process.platform === "darwin" || process.platform === "win32";
/** The `ignore` package remembers every path it was asked about; after this many it starts afresh. */
const CACHE_LIMIT = 20_000;

function rulesOf(patterns: string | readonly string[]): Rules {
  let matcher: Ignore = ignore({ ignoreCase }).add(patterns as string);
  let asked = 0;
  return {
    test(relative) {
      if (++asked > CACHE_LIMIT) {
        matcher = ignore({ ignoreCase }).add(matcher);
        asked = 0;
      }
      const { ignored, unignored } = matcher.test(relative);
      return ignored ? "ignored" : unignored ? "included" : "unmentioned";
    },
    patternFor: (relative) => matcher.test(relative).rule?.pattern,
  };
}

/** The rules of one folder's own files on top of the outer ones; `isRepository` when it holds a `.git`. */
export function enterFolder(
  dir: string,
  outer: IgnoreRules | undefined,
  isRepository: boolean,
): IgnoreRules | undefined {
  let stack = outer;
  if (isRepository) {
    stack = withoutGit(outer);
    stack = withFile(join(dir, ".git", "info", "exclude"), dir, true, stack);
  }
  stack = withFile(join(dir, ".gitignore"), dir, true, stack);
  return withFile(join(dir, ".mdpignore"), dir, false, stack);
}

/**
 * The rules that hold at `dir` before its own: those of the folders above it, up to the top of the git repository or
 * to `projectDir`, whichever is further out. A root that those rules would leave out was named on purpose, so they do
 * not apply to it.
 */
export function outerRules(dir: string, projectDir: string): IgnoreRules | undefined {
  const inProject = dir === projectDir || dir.startsWith(`${projectDir}/`);
  const limit = [gitTop(dir), inProject ? projectDir : undefined]
    .filter((folder) => folder !== undefined)
    .sort((a, b) => a.length - b.length)[0];
  if (limit === undefined) return undefined;

  const folders: string[] = [];
  for (let folder = dir; folder !== limit; ) {
    folder = dirname(folder);
    folders.push(folder);
  }
  let stack: IgnoreRules | undefined;
  for (const folder of folders.reverse()) stack = enterFolder(folder, stack, isRepository(folder));
  return judge(stack, dir, true) === "ignored" ? undefined : stack;
}

/** The patterns of the `exclude` setting, relative to `dir`; they are asked before any file's. */
export function patternRules(patterns: readonly string[], dir: string): IgnoreRules | undefined {
  return patterns.length === 0
    ? undefined
    : { dir, rules: rulesOf(patterns), git: false, file: undefined, outer: undefined };
}

/** What the innermost list that speaks of `path` says. */
export function judge(rules: IgnoreRules | undefined, path: string, isFolder: boolean): Verdict {
  return innermost(rules, path, isFolder)?.verdict ?? "unmentioned";
}

/** The same with the pattern that it is from. */
export function decisionOf(rules: IgnoreRules | undefined, path: string, isFolder: boolean): Decision | undefined {
  const found = innermost(rules, path, isFolder);
  return (
    found && { verdict: found.verdict, pattern: found.list.rules.patternFor(found.relative), file: found.list.file }
  );
}

function innermost(rules: IgnoreRules | undefined, path: string, isFolder: boolean) {
  for (let list = rules; list; list = list.outer) {
    const below = relativePath(list.dir, path);
    if (below === "") continue;
    const relative = isFolder ? `${below}/` : below;
    const verdict = list.rules.test(relative);
    if (verdict !== "unmentioned") return { list, relative, verdict };
  }
  return undefined;
}

function withFile(file: string, dir: string, git: boolean, outer: IgnoreRules | undefined): IgnoreRules | undefined {
  try {
    // Only a plain file: a FIFO by that name would block for ever.
    if (!statSync(file).isFile()) return outer;
    return { dir, rules: rulesOf(readFileSync(file, "utf8")), git, file, outer };
  } catch {
    return outer;
  }
}

function withoutGit(rules: IgnoreRules | undefined): IgnoreRules | undefined {
  if (rules === undefined) return undefined;
  const outer = withoutGit(rules.outer);
  return rules.git ? outer : { ...rules, outer };
}

function isRepository(dir: string): boolean {
  return statSync(join(dir, ".git"), { throwIfNoEntry: false }) !== undefined;
}

function gitTop(dir: string): string | undefined {
  for (let folder = dir; ; folder = dirname(folder)) {
    if (isRepository(folder)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
