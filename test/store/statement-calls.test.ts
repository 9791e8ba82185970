import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  type CallFilter,
  type CallTotals,
  callKey,
  type StatementCall,
  StatementCalls,
} from "../../src/store/statement-calls.ts";

const dir = mkdtempSync(join(tmpdir(), "mdp-calls-"));
afterAll(() => rmSync(dir, { recursive: true }));

const START = Date.UTC(2026, 0, 31, 12);

/** 2,000 executions of 7 shapes; some without a time, a duration or a user. */
const calls: StatementCall[] = Array.from({ length: 2_000 }, (_, i) => ({
  doc: `a.log#statement=${i % 7}`,
  fingerprint: String(i % 7).padStart(16, "0"),
  line: i + 1,
  timeMs: i % 11 === 0 ? null : START + i * 250,
  durationMs: i % 13 === 0 ? null : ((i * 7919) % 1000) / 4,
  calls: 1 + (i % 3),
  user: i % 5 === 0 ? null : ["ann", "bob", "o'neil"][i % 3]!,
  database: ["shop", "archive"][i % 2]!,
  application: null,
  failed: false,
}));

/** The same sums, by a loop over the executions. */
function expected(filter: CallFilter): Map<bigint, CallTotals> {
  const { minMs, sinceMs, untilMs, users, databases } = filter;
  const totals = new Map<bigint, CallTotals>();
  for (const call of calls) {
    if (minMs !== undefined && !(call.durationMs !== null && call.durationMs >= minMs)) continue;
    if (sinceMs !== undefined && !(call.timeMs !== null && call.timeMs >= sinceMs)) continue;
    if (untilMs !== undefined && !(call.timeMs !== null && call.timeMs < untilMs)) continue;
    if (users && !users.includes(call.user ?? "")) continue;
    if (databases && !databases.includes(call.database ?? "")) continue;
    const known = totals.get(callKey(call.doc)) ?? { calls: 0, totalMs: 0, maxMs: 0, firstMs: null, lastMs: null };
    known.calls += call.calls;
    known.totalMs += call.durationMs ?? 0;
    known.maxMs = Math.max(known.maxMs, call.durationMs ?? 0);
    if (call.timeMs !== null) {
      known.firstMs = Math.min(known.firstMs ?? call.timeMs, call.timeMs);
      known.lastMs = Math.max(known.lastMs ?? call.timeMs, call.timeMs);
    }
    totals.set(callKey(call.doc), known);
  }
  return totals;
}

const sorted = (totals: Map<bigint, CallTotals>) => [...totals].sort(([a], [b]) => (a < b ? -1 : 1));

describe("executions", () => {
  let table: StatementCalls;
  beforeAll(async () => {
    table = new StatementCalls({ dir, table: "sql" });
    for (let start = 0; start < calls.length; start += 700)
      await table.append("a.log", calls.slice(start, start + 700));
  });
  afterAll(() => table[Symbol.asyncDispose]());

  test("add up as a loop over them says, whatever the filter", async () => {
    const filters = fc.record(
      {
        minMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 260 }), fc.constant(112.25)),
        sinceMs: fc.integer({ min: START - 1_000, max: START + 510_000 }),
        untilMs: fc.integer({ min: START - 1_000, max: START + 510_000 }),
        users: fc.subarray(["ann", "bob", "o'neil", "nobody"], { minLength: 1 }),
        databases: fc.subarray(["shop", "archive"], { minLength: 1 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        expect(sorted(await table.totals(filter))).toEqual(sorted(expected(filter)));
      }),
      { numRuns: 40 },
    );
  });

  test("add up in the same way once files are joined", async () => {
    expect(await table.maintain()).toEqual([]);
    expect(sorted(await table.totals({ minMs: 100 }))).toEqual(sorted(expected({ minMs: 100 })));
    expect(await table.countRows()).toBe(2_000);
  });

  test("of one file go without those of another", async () => {
    const own = { ...calls[1]!, doc: "b.log#statement=1" };
    await table.append("b.log", [own]);
    expect(await table.deleteItems(["b.log", "never.log"])).toBe(1);
    expect(await table.countRows()).toBe(2_000);
    await table.append("b.log", [own]);
    expect(await table.deleteItems(["a.log"])).toBe(2_000);
    expect([...(await table.totals({})).keys()]).toEqual([callKey("b.log#statement=1")]);
  });
});

test("a project without executions has none, and makes no table for that", async () => {
  await using table = new StatementCalls({ dir: join(dir, "none"), table: "sql" });
  expect((await table.totals({})).size).toBe(0);
  expect(await table.deleteItems(["a.log"])).toBe(0);
  expect(await table.maintain()).toEqual([]);
  expect(table.exists).toBe(false);
});
