/** Goal: processes on one machine reach the sums of all, and when one is lost none stays behind. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { parseHosts } from "../../../src/train/distributed/hosts.ts";
import { launchRanks } from "../../../src/train/distributed/launch.ts";

const program = (role: string) => [process.execPath, join(import.meta.dir, "rank-program.ts"), role];

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves with the numbers of the processes once each has said that it runs. */
function collectPids(world: number) {
  const pids = new Map<number, number>();
  const ready = Promise.withResolvers<void>();
  const onLine = (rank: number, line: string) => {
    if (line.startsWith("running ")) pids.set(rank, Number(line.slice("running ".length)));
    if (pids.size === world) ready.resolve();
  };
  return { pids, ready: ready.promise, onLine };
}

const gone = async (pids: Iterable<number>) => {
  while ([...pids].some(isAlive)) await Bun.sleep(20);
};

test.each([2, 4])("%i processes agree on sums and means", async (world) => {
  const lines: Record<string, unknown>[] = [];
  await launchRanks({
    hosts: await parseHosts(String(world)),
    command: program("sums"),
    onLine: (_, line) => lines.push(JSON.parse(line)),
  });
  const ranks = Array.from({ length: world }, (_, rank) => rank);
  const sum = ranks.reduce((total, rank) => total + rank, 0);
  const expected = ranks.map((rank) => ({
    rank,
    world,
    average: {
      a: { shape: [1, 2], dtype: "float32", values: [[(sum + world) / world, 10]] },
      half: { shape: [1], dtype: "bfloat16", values: [sum / world] },
      b: { shape: [], dtype: "float32", values: (2 * sum) / world },
    },
    total: {
      a: { shape: [1, 2], dtype: "float32", values: [[sum + world, 10 * world]] },
      half: { shape: [1], dtype: "bfloat16", values: [sum] },
      b: { shape: [], dtype: "float32", values: 2 * sum },
    },
    sum: [sum + world, world * 2 ** 40 + sum],
  }));
  expect(lines.sort((a, b) => Number(a.rank) - Number(b.rank))).toEqual(expected);
});

test("a killed process ends the others, and the error names it", async () => {
  const { pids, ready, onLine } = collectPids(3);
  const run = launchRanks({ hosts: await parseHosts("3"), command: program("steps"), onLine });
  run.catch(() => {});
  await ready;
  process.kill(pids.get(1)!, "SIGKILL");
  await expect(run).rejects.toThrow("process 1 of 3 was killed by SIGKILL; the others were ended");
  expect([...pids.values()].filter(isAlive)).toEqual([]);
});

test("a process that fails ends the others, and its words are in the error", async () => {
  const run = launchRanks({ hosts: await parseHosts("2"), command: program("one-fails"), onLine: () => {} });
  await expect(run).rejects.toThrow(
    "process 1 of 2 ended with code 1; the others were ended. It wrote:\nno rows in this file",
  );
});

/** How the processes stand that this one has started for a run. */
function states(): string[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "ppid=,stat=,args="]);
  const lines = stdout.toString().matchAll(/^ *(\d+) +(\S+) +(.*)$/gm);
  return [...lines]
    .filter(([, parent, state, args]) => Number(parent) === process.pid && /^Z|rank-program/.test(`${state}${args}`))
    .map(([, , state]) => state!);
}

test("the process that fails first is named also when the others have ended before anybody looks", async () => {
  const run = launchRanks({ hosts: await parseHosts("2"), command: program("one-fails"), onLine: () => {} });
  run.catch(() => {});
  while (states().length < 2) await Bun.sleep(5);
  while (states().some((state) => !state.startsWith("Z"))) Bun.sleepSync(20);
  await expect(run).rejects.toThrow("process 1 of 2 ended with code 1; the others were ended. It wrote:\nno rows");
});

test("a process that hangs is named, and all are ended", async () => {
  const hosts = await parseHosts("2");
  const run = launchRanks({ hosts, command: program("one-hangs"), hangSeconds: 2, onLine: () => {} });
  await expect(run).rejects.toThrow("no process made a step for 2 s; behind, at step 3: process");
});

test("an interruption ends all processes", async () => {
  const { pids, ready, onLine } = collectPids(2);
  const controller = new AbortController();
  const run = launchRanks({
    hosts: await parseHosts("localhost,localhost"),
    command: program("steps"),
    onLine,
    signal: controller.signal,
  });
  run.catch(() => {});
  await ready;
  controller.abort();
  await expect(run).rejects.toThrow("interrupted");
  expect([...pids.values()].filter(isAlive)).toEqual([]);
});

test("an interruption lets processes finish what they have to, and asks them once", async () => {
  const saved = new Set<number>();
  const controller = new AbortController();
  let running = 0;
  const run = launchRanks({
    hosts: await parseHosts("2"),
    command: program("takes-time-to-stop"),
    signal: controller.signal,
    onLine: (rank, line) => {
      if (line === "saved") saved.add(rank);
      else if (++running === 2) controller.abort();
    },
  });
  await expect(run).rejects.toThrow("interrupted");
  expect([...saved].sort()).toEqual([0, 1]);
});

test("processes whose starter is killed do not outlive it", async () => {
  const starter = Bun.spawn(
    [
      process.execPath,
      "-e",
      `import { launchRanks } from ${JSON.stringify(join(import.meta.dir, "../../../src/train/distributed/launch.ts"))};
       const hosts = [0, 1].map(() => ({ name: "localhost", ips: [] }));
       await launchRanks({ hosts, command: ${JSON.stringify(program("steps"))}, onLine: (rank, line) => console.log(rank, line) });`,
    ],
    { stdout: "pipe" },
  );
  const pids: number[] = [];
  let text = "";
  for await (const part of starter.stdout) {
    text += new TextDecoder().decode(part);
    pids.splice(0, pids.length, ...[...text.matchAll(/running (\d+)\n/g)].map(([, pid]) => Number(pid)));
    if (pids.length === 2) break;
  }
  starter.kill("SIGKILL");
  await gone(pids);
  expect(pids.filter(isAlive)).toEqual([]);
});

// OpenMPI is no part of the set-up: where mpirun is not installed, nothing can start such a run.
describe.skipIf(Bun.which("mpirun") === null)("under mpirun", () => {
  async function mpirun(role: string) {
    const allow = process.getuid?.() === 0 ? ["--allow-run-as-root"] : [];
    const command = ["mpirun", ...allow, "--oversubscribe", "-np", "2", ...program(role)];
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, stdout, stderr };
  }

  test("two processes agree on sums, and end without a complaint", async () => {
    const { code, stdout, stderr } = await mpirun("sums");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const sums = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).sum);
    expect(sums).toEqual([
      [3, 2 ** 41 + 1],
      [3, 2 ** 41 + 1],
    ]);
  });

  test("a process that throws ends the other, which waits for it", async () => {
    const { code, stderr } = await mpirun("one-throws");
    expect(code).not.toBe(0);
    expect(stderr).toContain("no rows in this file");
  });
});
