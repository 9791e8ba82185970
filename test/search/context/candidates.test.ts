/** What comes with a hit: headers of scopes, imports, headings, neighbours that go on with it, and equal texts once. */
import { describe, expect, test } from "bun:test";
import type { Fields } from "../../../src/core/document.ts";
import type { ChunkRecord } from "../../../src/core/record.ts";
import { type ContextHit, candidatesOf } from "../../../src/search/context/candidates.ts";
import { headerIn, placeKey, type Related, scopeKey } from "../../../src/search/context/related.ts";
import { record } from "../../store/rows.ts";

const CODE = { parent_scope: "", qualified_name: "", symbol_kind: "", signature: "", docstring: "", imports: [] };

function code(seq: number, startLine: number, text: string, fields: Fields, headings: string[] = []): ChunkRecord {
  const endLine = startLine + text.trimEnd().split("\n").length - 1;
  const more = { id: `c${seq}`, kind: "code", lang: "python", seq, startLine, endLine, headings };
  return { ...record("src/a.py", text, more), fields: { ...CODE, ...fields } };
}

function related(records: readonly ChunkRecord[], parts: Partial<Related> = {}): ReadonlyMap<string, Related> {
  const found = new Map(records.map((each) => [each.id, each]));
  const beside = new Map(records.map((each) => [placeKey(each.doc, each.seq), each]));
  return new Map([["e", { found, beside, scopes: new Map(), tables: new Map(), ...parts }]]);
}

const hit = ({ id, fields }: ChunkRecord, rank = 1): ContextHit => ({
  id,
  engine: "e",
  rank,
  score: 1,
  fields: fields ?? {},
});
const first = (records: readonly ChunkRecord[], parts?: Partial<Related>) =>
  candidatesOf([hit(records[0]!)], related(records, parts))[0]!;

describe("source code", () => {
  test("has the headers of all scopes around it, with their lines where these are known", () => {
    const inner = code(3, 40, "        x = 1\n", { parent_scope: "A.run" }, ["class A", "def run(self, a, b)"]);
    const run = code(2, 20, "\n    @final\n    def run(\n        self,\n        a, b\n    ):\n        pass\n", {
      parent_scope: "A",
      qualified_name: "A.run",
      signature: "def run( self, a, b )",
    });
    const shown = { ...run, text: run.text.trimStart(), startLine: 21, endLine: 26 };
    const scopes = new Map([[scopeKey("src/a.py", "A.run"), shown]]);
    expect(first([inner], { scopes }).scope).toEqual([
      { line: null, text: "class A" },
      { line: 22, text: "def run( self, a, b ):" },
    ]);
  });

  test("names those imports whose last part it uses", () => {
    const imports = ["os.path", "java.util.List", "std::fmt", "@scope/pkg/tool", "unused", "./local/helper"];
    const text = "path.join(a); List<X> l; fmt(tool, helper)\n";
    expect(first([code(0, 1, text, { imports })]).imports).toEqual(imports.filter((name) => name !== "unused"));
    expect(first([code(0, 1, text, { imports, symbol_kind: "imports" })]).imports).toEqual([]);
  });

  test("goes on within its definition only", () => {
    const head = code(1, 10, "def f():\n", { qualified_name: "f" });
    const body = code(2, 11, "    one()\n", { parent_scope: "f" });
    const rest = code(3, 12, "    two()\n", { parent_scope: "f" });
    const next = code(4, 13, "def g(): pass\n", { qualified_name: "g" });
    const before = code(0, 1, "x = 1\n", {});
    const all = related([before, head, body, rest, next]);
    const beside = (record: ChunkRecord) =>
      candidatesOf([hit(record)], all)
        .slice(1)
        .map((candidate) => candidate.record.id);
    expect(beside(body)).toEqual(["c3", "c1"]);
    expect(beside(head)).toEqual(["c2"]);
    expect(beside(rest)).toEqual(["c2"]);
    expect(beside(next)).toEqual([]);
  });
});

describe("documents", () => {
  const passage = (id: string, text: string, more: Partial<ChunkRecord> = {}) =>
    record("docs/a.md", text, { id, title: "Guide", headings: ["Setup", "Linux"], ...more });

  test("have title and headings above them, but for those that they show", () => {
    const scope = (text: string, more?: Partial<ChunkRecord>) =>
      first([passage("a", text, more)]).scope.map((line) => line.text);
    expect(scope("some words")).toEqual(["Guide", "Setup", "Linux"]);
    expect(scope("## Linux\n\nsome words")).toEqual(["Guide", "Setup"]);
    expect(scope("some words", { title: "a.md", headings: [] })).toEqual([]);
    expect(scope("name: Guide", { row: 3, headings: [] })).toEqual([]);
  });

  test("come once where several places have the same text, with these", () => {
    const records = [
      passage("a", "the same words here"),
      passage("b", "the same words here \n", { path: "docs/copy.md", seq: 9 }),
    ];
    const found = candidatesOf(
      records.map((each, i) => hit(each, i + 1)),
      related(records),
    );
    expect(found.map(({ record, also }) => [record.id, also])).toEqual([["a", ["docs/copy.md:1"]]]);
  });

  test("belong to the better one of two hits that they stand between", () => {
    const records = [0, 1, 2].map((seq) => passage(`p${seq}`, `text ${seq}`, { seq }));
    const hits = [hit(records[2]!, 1), hit(records[0]!, 2)];
    const found = candidatesOf(hits, related(records));
    expect(found.map(({ record, rank, isHit }) => [record.id, rank, isHit])).toEqual([
      ["p2", 1, true],
      ["p0", 2, true],
      ["p1", 1, false],
    ]);
  });

  test("that are gone since they were found are left out", () => {
    expect(candidatesOf([hit(passage("gone", "x"))], related([]))).toEqual([]);
  });
});

test("sums over the executions of a statement that several files have", () => {
  const fields = { fingerprint: "f", statement_type: "select", tables: ["t"], calls: 2, total_ms: 5, max_ms: 3 };
  const statement = (id: string, calls: number): ChunkRecord => ({
    ...record(`${id}.log`, "SELECT ?", { id }),
    fields: { ...fields, calls, max_ms: calls },
  });
  const records = [statement("a", 2), statement("b", 40)];
  const [only, ...others] = candidatesOf(
    records.map((each, i) => hit(each, i + 1)),
    related(records),
  );
  expect(others).toEqual([]);
  expect(only).toMatchObject({
    statement: { type: "select", tables: ["t"], calls: 42, totalMs: 10, maxMs: 40 },
    also: ["b.log:1"],
    scope: [],
  });
});

test.each([
  ["| a | b |\n| --- | :-: |\n| 1 | 2 |", { index: 0, cells: 2 }],
  ["x\n\n| a |\n|--|\n| 1 |\n\n| c | d |\n|---|---|", { index: 6, cells: 2 }],
  ["| a | b |\n| --- |\n| 1 | 2 |", undefined],
  ["a\n---\n| 1 | 2 |", undefined],
  ["| a \\| b |\n| --- |", { index: 0, cells: 1 }],
])("finds the header of the last table in %j", (text, wanted) => {
  const found = headerIn(text);
  expect(found && { index: found.index, cells: found.cells }).toEqual(wanted);
});
