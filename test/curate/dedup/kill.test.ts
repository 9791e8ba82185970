/** Goal: a search that is killed at any point leaves nothing half done for whole, and gives the same when it goes on. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { numbers } from "../../support/corpus.ts";
import { untilSeen } from "../../support/progress.ts";
import { signaturesOf, type Wanted } from "./support/find.ts";
import { messyCorpus } from "./support/texts.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-kill-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const wanted: Wanted = {
  method: ["exact", "minhash", "sentences", "substring"],
  minSubstringTokens: 20,
  memoryBytes: 16_000_000,
};
const texts = messyCorpus(1_500, 4);
const results = ["resolved.json", "out.jsonl", "removed.jsonl"];

async function prepared(): Promise<string> {
  const folder = mkdtempSync(join(root, "run-"));
  const tasks = await signaturesOf(folder, texts, wanted, 200);
  writeFileSync(join(folder, "texts.json"), JSON.stringify({ texts, tasks, wanted }));
  writeFileSync(join(folder, "documents.jsonl"), texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(""));
  return folder;
}

/** Runs to the end, or is killed when so many files more have been seen; whether it came to its end. */
async function run(folder: string, files?: number): Promise<boolean> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "support/run.ts"), folder], { stderr: "inherit" });
  if (files !== undefined) {
    await untilSeen(folder, child, (await untilSeen(folder, child, 0)) + files);
    child.kill("SIGKILL");
  }
  return (await child.exited) === 0;
}

test("killed at six points, then run to the end: the outcome of a run that nobody disturbed", async () => {
  const calm = await prepared();
  expect(await run(calm)).toBe(true);
  const expected = results.map((name) => readFileSync(join(calm, name), "utf8"));
  let disturbed = await prepared();
  const next = numbers(6);
  let kills = 0;
  for (let i = 0; i < 6 || kills === 0; i++) {
    // A whole run makes more than a hundred files.
    if (!(await run(disturbed, 1 + next(25)))) kills++;
    // One that nobody could kill in time shows nothing, and is begun anew.
    else if (kills === 0) disturbed = await prepared();
    for (const [index, name] of results.entries()) {
      const path = join(disturbed, name);
      if (existsSync(path)) expect(readFileSync(path, "utf8")).toBe(expected[index]!);
    }
  }
  expect(await run(disturbed)).toBe(true);
  expect(results.map((name) => readFileSync(join(disturbed, name), "utf8"))).toEqual(expected);
  expect(JSON.parse(expected[0]!).removals.length).toBeGreaterThan(100);
}, 300_000);
