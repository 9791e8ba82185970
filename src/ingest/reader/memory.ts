/** Resident memory of another process. */
import { readFile } from "node:fs/promises";

/** Bytes, or undefined when the process is gone. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const kib =
      process.platform === "linux"
        ? /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]
        : /\d+/.exec(await Bun.$`ps -o rss= -p ${pid}`.quiet().nothrow().text())?.[0];
    return kib === undefined ? undefined : Number(kib) * 1_024;
  } catch {
    return undefined;
  }
}
