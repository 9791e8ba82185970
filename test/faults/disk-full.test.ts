/** A disk that fills up: the run fails with a reason and a next step, and can be run again. */
import { describe, expect, test } from "bun:test";
import { markdownCorpus } from "../support/corpus.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { differences, readTable } from "../support/table.ts";

const CORPUS = markdownCorpus(30);
const ARGS = ["ingest", "docs", "--commit-chunks", "16", "--json"];

describe("a disk that fills up", () => {
  test("ends the ingest with exit code 1, and the next run with room completes it", async () => {
    using clean = new TempProject(CORPUS);
    expect((await clean.run(...ARGS)).code).toBe(0);
    using project = new TempProject(CORPUS);
    // A limit on the size of any one file stands in for a full disk: mounting one needs rights that tests lack.
    // The signal is ignored so that the write itself fails, as it does on a full disk.
    const limited = `trap '' XFSZ; ulimit -f 40; exec "$@"`;
    const child = Bun.spawn(["bash", "-c", limited, "bash", ...mdpCommand(ARGS)], {
      cwd: project.dir,
      stdout: "pipe",
      stderr: "pipe",
      stdin: "ignore",
    });
    const [code, stderr] = [await child.exited, await child.stderr.text()];
    expect(code).toBe(1);
    expect(stderr).toMatch(/disk|space|large|written/i);
    expect(stderr).toContain("hint");
    const again = await project.run(...ARGS);
    expect([again.code, again.stderr]).toEqual([0, ""]);
    expect(differences(await readTable(project.dir), await readTable(clean.dir))).toEqual([]);
  }, 300_000);
});
