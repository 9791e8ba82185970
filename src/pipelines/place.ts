/** Places in files as people write them: `docs/a.md`, `docs/a.md:12`, `docs/a.md:12-20`. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { MdpError, UsageError } from "../core/errors.ts";
import { type Project, uriOf } from "../core/project.ts";
import type { ItemRow, State } from "../manifest/state.ts";

export interface Place {
  path: string;
  /** 1-based, inclusive; undefined means the whole file. */
  lines: [number, number] | undefined;
}

/** A name may hold colons itself: only digits behind the last one are lines. */
export function parsePlace(text: string): Place {
  const [, path = text, first, last] = /^(.+?):(\d+)(?:-(\d+))?$/s.exec(text) ?? [];
  if (first === undefined) return { path, lines: undefined };
  const lines: [number, number] = [Number(first), Number(last ?? first)];
  if (lines[0] < 1 || lines[1] < lines[0]) {
    throw new UsageError(`"${text}" names no lines`, "lines count from 1: docs/a.md:12-20");
  }
  return { path, lines };
}

export interface MemberPlace {
  item: ItemRow;
  /** Of an archive, as `#folder/a.md`; undefined means the whole file. */
  member: string | undefined;
}

/** The item of a path, or of what stands before one of its `#`; undefined when the project holds neither. */
export function memberAt(state: State, project: Project, cwd: string, path: string): MemberPlace | undefined {
  const whole = knownAt(state, project, cwd, path);
  if (whole) return { item: whole, member: undefined };
  for (let sign = path.indexOf("#"); sign !== -1; sign = path.indexOf("#", sign + 1)) {
    const item = knownAt(state, project, cwd, path.slice(0, sign));
    if (item) return { item, member: path.slice(sign) };
  }
  return undefined;
}

/** The item of a path, taken from the current folder first, then as hits show it. @throws MdpError `not-ingested` */
export function itemAt(state: State, project: Project, cwd: string, path: string): ItemRow {
  const item = knownAt(state, project, cwd, path);
  if (item) return item;
  const [message, hint] = {
    folder: ["this is a folder, not a file", `mdp list ${path} shows its files`],
    file: ["this file is not in the project", `mdp ingest ${path} reads it`],
    nothing: ["this file is not in the project", "mdp list shows the files of the project"],
  }[standingAt(resolve(cwd, path))] as [string, string];
  throw new MdpError({ code: "not-ingested", message, where: path, hint });
}

function standingAt(path: string): "folder" | "file" | "nothing" {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return "nothing";
  }
}

function knownAt(state: State, project: Project, cwd: string, path: string): ItemRow | undefined {
  return state.item(uriOf(project, resolve(cwd, path))) ?? state.item(uriOf(project, path)) ?? undefined;
}
