/** The files that the build tests look into. One that is missing fails the test with the command that makes it. */
import { existsSync } from "node:fs";
import { buildCommandOf, outfileOf, type Target, targets } from "../../scripts/build/targets.ts";

export function targetNamed(name: string): Target {
  const target = targets.find((candidate) => candidate.name === name);
  if (!target) throw new Error(`no executable is made for ${name}`);
  return target;
}

export function requireFile(path: string, command: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing; make it with: ${command}`);
  return path;
}

export const executableOf = (target: Target) => requireFile(outfileOf(target), buildCommandOf(target));

/** A file's bytes, mapped: executables are some hundred megabytes. */
export const mapped = (path: string) => Buffer.from(Bun.mmap(path, { shared: true }).buffer);

/** Whether `whole` holds `part` unchanged, found by its first kilobyte. */
export function contains(whole: Buffer, part: Buffer): boolean {
  const beginning = part.subarray(0, 1024);
  for (let at = whole.indexOf(beginning); at >= 0; at = whole.indexOf(beginning, at + 1)) {
    if (whole.subarray(at, at + part.length).equals(part)) return true;
  }
  return false;
}
