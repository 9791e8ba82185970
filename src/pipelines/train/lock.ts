/** One run at a time writes to an adapter's folder. */
import { existsSync, mkdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import { lockProject, type ProjectLock } from "../../manifest/lock.ts";

/** In the adapter's folder, while a run writes there; a killed one leaves it, which locks nothing. */
const LOCK_FOLDER = ".lock";

const HINT = "wait until it has finished, or name another folder with --adapter-path";

/**
 * Takes the folder until it is disposed of; of several processes of a run the first does. Where the file system knows no
 * locks, or cannot be written to, nothing is taken: what is wrong there shows when the run writes.
 *
 * @throws MdpError `project-locked` while another run writes to it
 */
export function lockAdapter(adapterPath: string, rank: number, purpose: string): Disposable {
  if (rank > 0) return { [Symbol.dispose]() {} };
  const isNew = !existsSync(adapterPath);
  const dir = join(adapterPath, LOCK_FOLDER);
  let lock: ProjectLock | undefined;
  try {
    mkdirSync(dir, { recursive: true });
    lock = lockProject(dir, purpose, "folder");
  } catch (error) {
    if (error instanceof MdpError && error.code === "project-locked") {
      throw new MdpError({ code: error.code, message: error.message, where: adapterPath, hint: HINT, cause: error });
    }
  }
  return {
    [Symbol.dispose]() {
      rmSync(dir, { recursive: true, force: true });
      lock?.[Symbol.dispose]();
      if (isNew) removeEmpty(adapterPath);
    },
  };
}

/** A run that was refused leaves no folder behind. */
function removeEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // It holds the run's files, or is not there.
  }
}
