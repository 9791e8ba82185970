/** `mdp embed` through the real entry: rows in order, vectors on stdout, notes on stderr. */
import { describe, expect, test } from "bun:test";
import { untilCatches } from "../support/progress.ts";
import { mdp, mdpCommand, TempProject } from "../support/project.ts";

interface Row {
  id: number | string;
  vector: number[];
}
const rowsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);

describe("mdp embed", () => {
  test("gives one vector per line of stdin, empty lines too, and nothing on stderr", async () => {
    const { code, stdout, stderr } = await mdp(["embed"], { stdin: "one\n\nthree" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const rows = rowsOf(stdout);
    expect(rows).toHaveLength(3);
    for (const { vector } of rows) expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
  });

  test("keeps the ids of JSONL", async () => {
    const stdin = '{"id":"b","text":"second"}\n{"id":"a","text":"first"}\n';
    const { stdout } = await mdp(["embed", "-", "--jsonl"], { stdin });
    expect(rowsOf(stdout).map(({ id }) => id)).toEqual(["b", "a"]);
  });

  test("writes a file, and with --json the report to stdout", async () => {
    using folder = new TempProject({ "texts.txt": `short\n${"long ".repeat(400)}\n` });
    const run = await folder.run("embed", "texts.txt", "--out", "v.npy", "--json");
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ rows: 2, truncated: 1, dimension: 384 });
    expect(run.stderr).toBe("");
    expect(Bun.file(folder.path("v.npy")).size).toBeGreaterThan(2 * 384 * 4);
    const text = await folder.run("embed", "texts.txt", "--out", "v.npy");
    expect(text.stdout).toBe("");
    expect(text.stderr).toContain("1 longer than the model takes were cut");
    expect((await folder.run("embed", "texts.txt", "--out", "v.npy", "--quiet")).stderr).toBe("");
  });

  test("ends quietly when its reader goes away in the middle of much output", async () => {
    using folder = new TempProject({ "texts.txt": "some words of a text\n".repeat(200) });
    const command = mdpCommand(["embed", "texts.txt"]).map((word) => `'${word}'`);
    const child = Bun.spawn(["bash", "-c", `${command.join(" ")} | head -c 20; echo " \${PIPESTATUS[0]}"`], {
      cwd: folder.dir,
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    expect({ stdout, stderr }).toEqual({ stdout: '{"id":0,"vector":[0. 0\n', stderr: "" });
  });

  test.each(["SIGINT", "SIGTERM"] as const)("stops at %s while it waits for a line", async (signal) => {
    const child = Bun.spawn(mdpCommand(["embed"]), { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    child.stdin.write("{}\n".repeat(10));
    await child.stdin.flush();
    await untilCatches(child, signal);
    child.kill(signal);
    const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
    expect(code).toBe(130);
    expect(stderr).toBe("\nstopping; once more stops at once\nerror: interrupted\n");
  });

  test("stops at once at the second signal", async () => {
    for (;;) {
      const child = Bun.spawn(mdpCommand(["embed"]), { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
      await untilCatches(child, "SIGINT");
      child.kill("SIGINT");
      let stderr = "";
      for await (const bytes of child.stderr.pipeThrough(new TextDecoderStream())) {
        if (stderr === "") child.kill("SIGINT");
        stderr += bytes;
      }
      const code = await child.exited;
      // After a second and a half it ends by itself, and says so: the second signal has to come before that.
      if (stderr.includes("error: interrupted")) continue;
      expect({ code, stderr }).toEqual({ code: 130, stderr: "\nstopping; once more stops at once\n" });
      return;
    }
  });

  test("names a file that is not there, and an ending that it cannot write", async () => {
    using folder = new TempProject({ "texts.txt": "a text\n" });
    const missing = await folder.run("embed", "nowhere.txt");
    expect({ code: missing.code, stdout: missing.stdout }).toEqual({ code: 1, stdout: "" });
    expect(missing.stderr).toContain("in:   nowhere.txt");
    const ending = await folder.run("embed", "texts.txt", "--out", "v.parquet");
    expect(ending.code).not.toBe(0);
    expect(ending.stderr).toContain(".npy");
  });
});
