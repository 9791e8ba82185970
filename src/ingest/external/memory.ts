/** Memory of a process group: a command and everything that it has started. */
import { readdir, readFile } from "node:fs/promises";

/** Resident bytes of all processes of the group. */
export async function groupBytes(group: number): Promise<number> {
  return process.platform === "linux" ? linuxBytes(group) : psBytes(group);
}

const PAGE_BYTES = 4_096;

async function linuxBytes(group: number): Promise<number> {
  let pages = 0;
  for (const name of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // The command's name, in brackets, may hold anything; the numbers stand behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(fields[2]) === group) pages += Number(fields[21]);
  }
  return pages * PAGE_BYTES;
}

async function psBytes(group: number): Promise<number> {
  let kib = 0;
  for (const line of (await Bun.$`ps -A -o pgid=,rss=`.quiet().nothrow().text()).split("\n")) {
    const [pgid, rss] = line.trim().split(/\s+/);
    if (Number(pgid) === group) kib += Number(rss);
  }
  return kib * 1_024;
}
