/** A document that was assigned to a split is found again, and stays there. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { joinLedgers, ledgerEntry, SplitLedger, writeEntries } from "../../src/shard/split-ledger.ts";
import { contentKey } from "../../src/shard/splits.ts";
import { TempProject } from "../support/project.ts";

test("every document of every file is found, the first file wins, others are unknown", async () => {
  using project = new TempProject();
  const key = (i: number) => contentKey(`document ${i}`);
  const entries = (from: number, to: number, split: number) =>
    BigUint64Array.from({ length: to - from }, (_, i) => ledgerEntry(key(from + i), split));
  writeEntries(project.path("a"), entries(0, 500, 0));
  writeEntries(project.path("b"), entries(400, 900, 2));
  writeEntries(project.path("c"), entries(0, 0, 1));
  await joinLedgers([project.path("a"), project.path("b"), project.path("c")], project.path("ledger"));
  using ledger = new SplitLedger(project.path("ledger"));
  for (let i = 0; i < 900; i++) expect(ledger.splitOf(key(i))).toBe(i < 500 ? 0 : 2);
  for (let i = 900; i < 1_000; i++) expect(ledger.splitOf(key(i))).toBeUndefined();
});

test("an empty ledger knows nothing, a damaged one is refused", () => {
  using project = new TempProject({ empty: "", damaged: "123" });
  using ledger = new SplitLedger(project.path("empty"));
  expect(ledger.splitOf(1n)).toBeUndefined();
  expect(() => new SplitLedger(project.path("damaged"))).toThrow("no multiple of 8");
  writeFileSync(project.path("empty"), "");
});
