/** `mdp embed` through the command line: every row keeps its place, in every output format. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { python } from "../support/peers.ts";
import { mdp, TempProject } from "../support/project.ts";

interface Line {
  id: string | number;
  vector: number[];
}
const parse = (stdout: string): Line[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const cosine = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

describe("mdp embed", () => {
  test("gives a unit vector for each line in input order, an empty line included", async () => {
    const run = await mdp(["embed"], { stdin: "a cat sat on the mat\n\nstock prices fell\na kitten on a rug" });
    expect([run.code, run.stderr]).toEqual([0, ""]);
    const lines = parse(run.stdout);
    expect(lines.map((l) => l.id)).toEqual([0, 1, 2, 3]);
    for (const { vector } of lines) expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    const [cat, , stocks, kitten] = lines.map((l) => l.vector) as [number[], number[], number[], number[]];
    expect(cosine(cat, kitten)).toBeGreaterThan(cosine(cat, stocks) + 0.3);
  });

  test("takes ids from JSONL rows, and a bad row is named and writes no file", async () => {
    using project = new TempProject({
      "good.jsonl": '{"id":"x","text":"one"}\n{"text":"two"}\n',
      "bad.jsonl": '{"id":"x","text":"one"}\n{"id":"y"}\n',
    });
    const good = await project.run("embed", "good.jsonl", "--jsonl");
    expect(parse(good.stdout).map((l) => l.id)).toEqual(["x", 1]);
    const bad = await project.run("embed", "bad.jsonl", "--jsonl", "--out", "v.npy");
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain("bad.jsonl:2");
    expect(existsSync(project.path("v.npy"))).toBe(false);
  });

  test("writes the same numbers to every format, as NumPy, safetensors and pyarrow read them", async () => {
    using project = new TempProject({ "texts.txt": "one\ntwo\n\nfour\n" });
    for (const kind of ["npy", "safetensors", "arrow", "jsonl"]) {
      const run = await project.run("embed", "texts.txt", "--out", `v.${kind}`, "--json");
      expect(JSON.parse(run.stdout)).toMatchObject({ rows: 4, dimension: 384, truncated: 0 });
    }
    const expected = parse(readFileSync(project.path("v.jsonl"), "utf8")).map((l) => l.vector);
    for (const kind of ["npy", "safetensors", "arrow"]) {
      const [line] = await python("test/parity/read_vectors.py", [project.path(`v.${kind}`)], "");
      const { shape, values, ids } = JSON.parse(line!);
      expect(shape).toEqual([4, 384]);
      expect(Float32Array.from(values)).toEqual(Float32Array.from(expected.flat()));
      if (kind === "arrow") expect(ids).toEqual(["0", "1", "2", "3"]);
    }
  });

  test("says how many texts were too long for the model", async () => {
    const run = await mdp(["embed"], { stdin: `${"word ".repeat(400)}\nshort\n` });
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("1 longer than the model takes");
  });
});
