/** One process at a time writes to a model of the hub's cache. Readers need no lock: what has a name is whole. */
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import { sleep } from "../../core/pause.ts";
import { lockProject, type ProjectLock } from "../../manifest/lock.ts";

const PAUSE_MS = 200;

/** @param dir the model's folder @throws MdpError `project-locked` when another process has it */
export function lockModel(cacheDir: string, dir: string, purpose: string): ProjectLock {
  const place = join(cacheDir, ".locks", basename(dir));
  mkdirSync(place, { recursive: true });
  return lockProject(place, purpose, "folder");
}

/** Waits for another download of the same model, and then finds everything. */
export async function lockWhenFree(
  cacheDir: string,
  dir: string,
  { signal, onWait }: { signal: AbortSignal; onWait?: (() => void) | undefined },
): Promise<ProjectLock> {
  for (let told = false; ; told = true) {
    try {
      return lockModel(cacheDir, dir, "model get");
    } catch (error) {
      if (!(error instanceof MdpError && error.code === "project-locked")) throw error;
      if (!told) onWait?.();
      await sleep(PAUSE_MS, signal);
    }
  }
}
