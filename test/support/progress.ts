/** How far a run has come, by what it has written: a time says little on a machine that others use. */
import { type Dirent, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { constants } from "node:os";
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

/** Waits until a process has a handler of its own for a signal, so that the signal does not end it as it starts. */
export async function untilCatches(child: Bun.Subprocess, signal: "SIGINT" | "SIGTERM"): Promise<void> {
  // Elsewhere nothing tells; a start takes a fraction of this.
  if (process.platform !== "linux") return Bun.sleep(2000);
  const bit = 1n << BigInt(constants.signals[signal] - 1);
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    const [, caught] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)!;
    if (BigInt(`0x${caught}`) & bit) return;
    await Bun.sleep(5);
  }
}
