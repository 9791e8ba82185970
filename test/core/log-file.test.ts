/** Goal: however many processes log, every line stays whole, the files stay bounded, and a log that fails costs nothing. */
import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogFile, logPath } from "../../src/core/log-file.ts";

class Folder implements Disposable {
  readonly dir = join(mkdtempSync(join(tmpdir(), "mdp-log-")), "logs");
  lines(age = 0): string[] {
    return readFileSync(logPath(this.dir, age), "utf8").split("\n").slice(0, -1);
  }
  [Symbol.dispose](): void {
    rmSync(join(this.dir, ".."), { recursive: true, force: true });
  }
}

const never = (reason: string) => {
  throw new Error(reason);
};

/** Appends numbered lines; run as a process of its own. */
const WRITER = `
import { LogFile } from ${JSON.stringify(join(import.meta.dir, "../../src/core/log-file.ts"))};
const [dir, name, lines, maxBytes] = process.argv.slice(1);
using log = new LogFile({ dir, maxBytes: Number(maxBytes), maxFiles: 400, onFailure: (reason) => { throw new Error(reason); } });
for (let i = 0; i < Number(lines); i++) log.append(JSON.stringify({ name, i, text: "x".repeat(i % 900) }) + "\\n");
`;

describe("a log file", () => {
  test("keeps every line of four processes whole and in each one's order, also while it is rotated", async () => {
    using folder = new Folder();
    const writers = ["a", "b", "c", "d"].map((name) =>
      Bun.spawn([process.execPath, "-e", WRITER, folder.dir, name, "400", "20000"], {
        stdout: "inherit",
        stderr: "pipe",
      }),
    );
    for (const writer of writers) expect([await writer.stderr.text(), await writer.exited]).toEqual(["", 0]);
    const ages = readdirSync(folder.dir).length;
    expect(ages).toBeGreaterThan(3);
    const seen = new Map<string, Set<number>>();
    for (let age = ages - 1; age >= 0; age--) {
      for (const line of folder.lines(age)) {
        const { name, i } = JSON.parse(line);
        seen.set(name, (seen.get(name) ?? new Set()).add(i));
      }
    }
    for (const name of ["a", "b", "c", "d"]) expect(seen.get(name)?.size).toBe(400);
  });

  test("keeps as many files as it may, none above its size, the newest lines among them", () => {
    using folder = new Folder();
    using log = new LogFile({ dir: folder.dir, maxBytes: 1_000, maxFiles: 3, onFailure: never });
    for (let i = 0; i < 200; i++) log.append(`line ${i} ${"x".repeat(80)}\n`);
    expect(readdirSync(folder.dir).sort()).toEqual(["mdp.1.jsonl", "mdp.2.jsonl", "mdp.jsonl"]);
    for (const age of [0, 1, 2]) expect(statSync(logPath(folder.dir, age)).size).toBeLessThanOrEqual(1_000);
    expect(folder.lines().at(-1)).toStartWith("line 199 ");
  });

  test("ends a line that was cut off before it adds its own", () => {
    using folder = new Folder();
    mkdirSync(folder.dir);
    writeFileSync(logPath(folder.dir, 0), '{"cut":');
    using log = new LogFile({ dir: folder.dir, onFailure: never });
    log.append("whole\n");
    expect(folder.lines()).toEqual(['{"cut":', "whole"]);
  });

  test("goes on in a new file when somebody removes the one that it writes", () => {
    using folder = new Folder();
    using log = new LogFile({ dir: folder.dir, onFailure: never });
    log.append("one\n");
    rmSync(logPath(folder.dir, 0));
    log.append("two\n");
    expect(folder.lines()).toEqual(["two"]);
  });

  test("does not wait for one who rotates, and takes over from one who died", () => {
    using folder = new Folder();
    mkdirSync(folder.dir);
    const lock = join(folder.dir, "rotate.lock");
    writeFileSync(lock, "");
    using log = new LogFile({ dir: folder.dir, maxBytes: 20, maxFiles: 2, onFailure: never });
    log.append("0123456789\n");
    log.append("0123456789\n");
    expect(folder.lines()).toHaveLength(2);
    utimesSync(lock, 0, 0);
    log.append("0123456789\n");
    log.append("0123456789\n");
    expect(folder.lines()).toHaveLength(1);
    expect(existsSync(lock)).toBe(false);
  });

  test("tells once that it cannot be written, and stays silent then", () => {
    using folder = new Folder();
    // A file where its folder should be: so it fails for every user, root too.
    appendFileSync(folder.dir, "");
    const reasons: string[] = [];
    using log = new LogFile({ dir: folder.dir, onFailure: (reason) => reasons.push(reason) });
    for (let i = 0; i < 3; i++) log.append("lost\n");
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain("mdp.jsonl");
  });

  test("takes a full disk for the end of logging", () => {
    if (!existsSync("/dev/full")) return;
    using folder = new Folder();
    mkdirSync(folder.dir);
    Bun.spawnSync(["ln", "-s", "/dev/full", logPath(folder.dir, 0)]);
    const reasons: string[] = [];
    using log = new LogFile({ dir: folder.dir, onFailure: (reason) => reasons.push(reason) });
    log.append("lost\n");
    log.append("lost\n");
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain("ENOSPC");
  });
});
