/** How far a run has come, by what it has written: a time says little on a machine that others use. */
import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Waits until `count` files and folders have been seen below `folder`, or the process has ended. Those that vanish
 * again are counted, so that the number of a whole run says how many steps it has; resolves to how many were seen.
 */
export async function untilSeen(folder: string, child: Bun.Subprocess, count: number): Promise<number> {
  const seen = new Set<string>();
  for (;;) {
    look(folder, seen);
    if (seen.size >= count || child.exitCode !== null || child.signalCode !== null) return seen.size;
    await Bun.sleep(2);
  }
}

function look(folder: string, seen: Set<string>): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return; // not there yet, or no longer
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    seen.add(path);
    if (entry.isDirectory()) look(path, seen);
  }
}
