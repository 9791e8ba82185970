/** Outputs that are not complete yet, beside their final place as `<output>.<process id>.….partial`, and their removal. */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** What this process writes now: its id may have been that of a process which was killed before. */
const own = new Set<string>();

/** A place for an output until it is complete; disposing of it removes what is still there. */
export interface PartialPlace extends Disposable {
  path: string;
}

/** @param kind tells apart the places of one output */
export function partialPlace(out: string, kind?: string): PartialPlace {
  const path = `${resolve(out)}.${process.pid}.${kind === undefined ? "" : `${kind}.`}partial`;
  own.add(path);
  return {
    path,
    [Symbol.dispose]() {
      own.delete(path);
      try {
        rmSync(path, { recursive: true, force: true });
      } catch {
        // It cannot be there, or stays for the next run to remove: the failure that led here is what counts.
      }
    },
  };
}

/** The kind of place of an output that gives way to a new one. */
export const REPLACED = "replaced";

/** Removes what killed processes left of an output; what one of them was about to replace is put back. */
export function clearAbandoned(out: string): void {
  const places = abandonedPlaces(out);
  const replaced = places.find(({ kind }) => kind === REPLACED);
  if (replaced && !existsSync(out)) renameSync(replaced.path, resolve(out));
  for (const { path } of places) rmSync(path, { recursive: true, force: true });
}

function abandonedPlaces(out: string): { path: string; kind: string | undefined }[] {
  const folder = dirname(resolve(out));
  const start = `${basename(resolve(out))}.`;
  return namesIn(folder).flatMap((name) => {
    if (!name.startsWith(start)) return [];
    const [, pid, kind] = /^(\d+)\.(?:(.+)\.)?partial$/.exec(name.slice(start.length)) ?? [];
    if (pid === undefined) return [];
    const path = join(folder, name);
    const isOpen = Number(pid) === process.pid ? own.has(path) : isRunning(Number(pid));
    return isOpen ? [] : [{ path, kind }];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else runs, too.
    return (error as { code?: string }).code === "EPERM";
  }
}
