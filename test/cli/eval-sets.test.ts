/** The question sets of fixtures/evaluation whose texts are in the repository: what `bench/README.md` says must hold. */
import { expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { EvaluateReport } from "../../src/pipelines/evaluate.ts";
import { TempProject } from "../support/project.ts";

const fixtures = join(import.meta.dir, "../../fixtures");

async function figures(folder: string, questions: string, unit: string, kind: string | null = null) {
  using project = new TempProject({});
  cpSync(join(fixtures, folder), project.dir, { recursive: true });
  await project.json("ingest", ".");
  const report = await project.json<EvaluateReport>("eval", join(fixtures, "evaluation", questions));
  const of = (way: string) =>
    report.results.find((one) => one.way === way && one.unit === unit && one.kind === kind)!.metrics.ndcg10.mean;
  return { vector: of("vector"), text: of("text"), hybrid: of("hybrid") };
}

test("statements are found by what they are for", async () => {
  const { vector, text, hybrid } = await figures("evaluation/statements", "statements.jsonl", "passage");
  expect(vector).toBeGreaterThan(0.8);
  expect(text).toBeGreaterThan(0.3);
  expect(hybrid).toBeGreaterThanOrEqual(vector - 0.001);
});

test("documents are found as well by both legs together as by the better one", async () => {
  const { vector, text, hybrid } = await figures("documents", "documents.jsonl", "file");
  expect(hybrid).toBeGreaterThanOrEqual(Math.max(vector, text) - 0.005);
  expect(hybrid).toBeGreaterThan(0.9);
});
