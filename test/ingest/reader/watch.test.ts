/** Limits on a reader process: its time is that of one file, or of one row of a file of rows. */
import { expect, test } from "bun:test";
import { Watch } from "../../../src/ingest/reader/watch.ts";

const LIMITS = { timeoutMs: 1_500, memoryBytes: Number.POSITIVE_INFINITY };

/** Waits five times for a third of the limit. */
async function waited(restart: boolean): Promise<{ exceeded: string | undefined; ended: number }> {
  let ended = 0;
  using watch = new Watch(process.pid, LIMITS, undefined, () => ended++);
  for (let i = 0; i < 5 && !watch.exceeded; i++) {
    await watch.waitFor(Bun.sleep(LIMITS.timeoutMs / 3));
    if (restart) watch.restart();
  }
  return { exceeded: watch.exceeded?.code, ended };
}

test("times of one file are added up, and a row begins anew", async () => {
  const [file, rows] = await Promise.all([waited(false), waited(true)]);
  expect(file).toMatchObject({ exceeded: "reader-timeout" });
  expect(rows).toEqual({ exceeded: undefined, ended: 0 });
});
