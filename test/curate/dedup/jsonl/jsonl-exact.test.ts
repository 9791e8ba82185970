/** Goal: exact copies leave files of JSON lines however their texts are written, and what stays keeps its bytes. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { dedupJsonlFilesExact, type JsonlExactOptions } from "../../../../src/curate/dedup/dedup.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mdp-jsonl-"));
});
afterEach(() => {
  delete process.env.MDP_NO_WASM;
  rmSync(folder, { recursive: true, force: true });
});

type Given = Partial<JsonlExactOptions["settings"]> & Pick<JsonlExactOptions, "fields" | "onReject">;

async function dedup(contents: readonly (string | Uint8Array)[], given: Partial<Given> = {}) {
  const { fields, onReject, ...settings } = given;
  const files = contents.map((content, i) => {
    const input = join(folder, `${i}.jsonl`);
    writeFileSync(input, content);
    return { input, output: join(folder, `${i}.out.jsonl`) };
  });
  const removedPath = join(folder, "removed.jsonl");
  const result = await dedupJsonlFilesExact({
    files,
    settings: { normalize: false, memoryBytes: 1_000_000_000, ...settings },
    removedPath,
    workDir: join(folder, "work"),
    ...(fields && { fields }),
    ...(onReject && { onReject }),
  });
  const removed = readFileSync(removedPath, "utf8").split("\n").slice(0, -1);
  return {
    result,
    outputs: files.map(({ output }) => readFileSync(output, "utf8")),
    removed: removed.map((line) => JSON.parse(line)),
  };
}

describe.each(["", "1"])("MDP_NO_WASM=%s", (noWasm) => {
  beforeEach(() => {
    if (noWasm) process.env.MDP_NO_WASM = noWasm;
  });

  test("equal texts are equal however they are escaped, in whatever member order and file", async () => {
    const first = '{"id": "a", "text": "é\\n/\\"😀\\u0041"}\n{"id":1,"text":"other"}\n';
    const second =
      '  {"meta":{"text":"other","x":[1,-2.5e3,true,null,"}"]} , "text" : "\\u00e9\\u000a\\/\\u0022\\ud83d\\uDE00A","id":2}\r\n' +
      '\n{"text":"another"}\n{"text":"another","n":1}';
    const { result, outputs, removed } = await dedup([first, second]);
    expect(result).toEqual({ documents: 5, kept: 3, removed: 2, clusters: 2, rejects: 0 });
    expect(outputs).toEqual([first, '\n{"text":"another"}\n']);
    expect(removed).toEqual([
      { id: "2", partner: "a", score: 1, method: "exact" },
      { id: `${join(folder, "1.jsonl")}#2`, partner: `${join(folder, "1.jsonl")}#1`, score: 1, method: "exact" },
    ]);
  });

  test("with normalize, case, punctuation and white space do not count, in any script", async () => {
    const texts = [
      "Hello, Wörld! 日本 語",
      "hello\twörld «日» 本語",
      "hello world 日本語",
      "HELLO WÖRLD 日本語 𝒳",
      "hello wörld 日本語 𝒳",
    ];
    const content = texts.map((text) => `${JSON.stringify({ text })}\n`).join("");
    const { removed, result } = await dedup([content], { normalize: true });
    expect(result).toMatchObject({ documents: 5, kept: 3 });
    expect(removed.map(({ id, partner }) => [id.split("#")[1], partner.split("#")[1]])).toEqual([
      ["1", "0"],
      ["4", "3"],
    ]);
  });

  test("what is no document is reported with its line, and does not come into the output", async () => {
    const lines = [
      '{"text":"kept"}',
      '{"text":"cut',
      "[1]",
      '{"text":5}',
      '{"other":"x"}',
      '{"text":"a\tb"}',
      '{"text":"x",}',
      '{"text":"x"} y',
      '{"text":"\\x"}',
      '{"n":01,"text":"x"}',
      '\ufeff{"text":"x"}',
      '{"te\\u0078t":"kept"}',
      '{"text":"kept","text":"last wins"}',
    ];
    const rejects: unknown[] = [];
    const { outputs, result } = await dedup([lines.join("\n")], {
      onReject: ({ line, reason }) => rejects.push([line, reason]),
    });
    expect(rejects).toEqual([
      [2, "malformed"],
      [3, "malformed"],
      [4, "no-text"],
      [5, "no-text"],
      [6, "malformed"],
      [7, "malformed"],
      [8, "malformed"],
      [9, "malformed"],
      [10, "malformed"],
      [11, "malformed"],
    ]);
    expect(result).toMatchObject({ documents: 3, kept: 2, removed: 1, rejects: 10 });
    expect(outputs[0]).toBe(`${lines[0]}\n${lines[12]}`);
  });

  test("a byte order mark, empty files, nested and long lines, and invalid UTF-8 are read", async () => {
    const long = "x".repeat(9_000_000);
    const deep = `${"[".repeat(400)}${"]".repeat(400)}`;
    const marked = `\ufeff{"text":"a"}\n{"text":"${long}"}\n{"text":"a","deep":${deep}}\n{"text":"${long}"}\n`;
    const invalid = Buffer.concat([
      Buffer.from('{"text":"\\udc00"}\n{"text":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"text":"\ufffd"}\n'),
    ]);
    const { outputs, result } = await dedup([marked, "", invalid]);
    expect(outputs[0]).toBe(`\ufeff{"text":"a"}\n{"text":"${long}"}\n`);
    expect(outputs[1]).toBe("");
    // All three are the replacement character once they are decoded.
    expect(outputs[2]).toBe('{"text":"\\udc00"}\n');
    expect(result).toEqual({ documents: 7, kept: 3, removed: 4, clusters: 3, rejects: 0 });
  });

  test("other names of the members, also such as JSON escapes", async () => {
    const content = '{"my \\"body\\"":"a","key":7}\n{"my \\"body\\"":"a","key":"8"}\n';
    const { removed } = await dedup([content], { fields: { text: 'my "body"', id: "key" } });
    expect(removed).toEqual([{ id: "8", partner: "7", score: 1, method: "exact" }]);
  });
});

test("any JSON lines: with and without the kernel, in memory and on disk, the same lines stay as by JSON.parse", async () => {
  const words = fc.string({ unit: fc.constantFrom(..."aZ09 .,_\n"), maxLength: 70 });
  const text = fc.oneof(
    fc.constantFrom("a", "b\n", "é", "😀", "A"),
    words,
    fc.string({ unit: "binary", maxLength: 40 }),
  );
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), text);
  const record = fc.record({ text, extra: value, id: fc.oneof(fc.nat(), fc.string()) }, { requiredKeys: ["text"] });
  const line = fc
    .tuple(record, fc.boolean())
    .map(([object, spaced]) => JSON.stringify(object, null, spaced ? " " : "").replace(/\n/g, " "));
  const broken = fc
    .tuple(line, fc.nat(), fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 1 }))
    .map(([whole, at, char]) => {
      const index = at % whole.length;
      return (whole.slice(0, index) + char + whole.slice(index + 1)).replaceAll("\n", " ");
    });
  // Half a surrogate pair that a broken line has cannot be written to a file.
  const lines = fc.sample(fc.oneof(line, broken), { seed: 11, numRuns: 3_000 }).map((one) => one.toWellFormed());
  const content = lines.map((one) => `${one}\n`).join("");
  for (const normalize of [false, true]) {
    const kernel = await dedup([content], { normalize });
    const onDisk = await dedup([content], { normalize, memoryBytes: 16_000 });
    process.env.MDP_NO_WASM = "1";
    const twin = await dedup([content], { normalize });
    delete process.env.MDP_NO_WASM;
    expect(onDisk).toEqual(kernel);
    expect(twin).toEqual(kernel);
    expect(kernel.result.removed).toBeGreaterThan(300);
    expect(kernel.result.rejects).toBeGreaterThan(300);
    if (!normalize) expect(kernel.outputs[0]!.split("\n")).toEqual([...keptByParsing(lines), ""]);
  }
});

/** What stays of lines by `JSON.parse`, texts compared as UTF-8. */
function keptByParsing(lines: readonly string[]): string[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    if (/^[ \t\r]*$/.test(line)) return true;
    const parsed = attempt(line);
    const text = typeof parsed?.text === "string" ? parsed.text.toWellFormed() : undefined;
    if (text === undefined || seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

function attempt(line: string): { text?: unknown } | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === "object" && value && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

test("when hashes do not fit into memory, they are sorted on disk, with the same outcome", async () => {
  const line = (i: number) => `{"id":${i},"text":"text ${i % 7_000}"}\n`;
  const contents = [0, 1].map((part) => Array.from({ length: 5_000 }, (_, i) => line(part * 5_000 + i)).join(""));
  const inMemory = await dedup(contents);
  expect(inMemory.result).toEqual({ documents: 10_000, kept: 7_000, removed: 3_000, clusters: 3_000, rejects: 0 });
  expect(await dedup(contents, { memoryBytes: 100_000 })).toEqual(inMemory);
  expect(existsSync(join(folder, "work", "resolve"))).toBe(true);
  expect(readdirSync(folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
});
