/** `mdp context` through the real entry: what is around a passage comes with it, and the budget holds. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEFAULT_MODEL, findModel } from "../../src/models/find.ts";
import { openTokenizer } from "../../src/tokenizers/open.ts";
import { TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";

const paragraph = (topic: string) =>
  `The ${topic} is described here at length. ${`It has many parts, and each part of the ${topic} has a purpose. `.repeat(12)}`;
const METHODS = ["open", "close", "flush", "rotate"].map(
  (name) =>
    `    def ${name}_valve(self, pressure: float) -> bool:\n        """Does ${name} on the valve."""\n${`        self.log = math.sqrt(pressure) + ${name.length}\n`.repeat(9)}        return True\n`,
);
const ROWS = Array.from({ length: 60 }, (_, i) => `| planet ${i} | ${i * 7} moons | orbit number ${i * 31} |`);

const project = new TempProject({
  "docs/pumps.md": `# Pumps\n\n## Parts\n\n${["rotor", "casing", "bearing"].map(paragraph).join("\n\n")}\n`,
  "docs/planets.md": `# Planets\n\n| name | moons | orbit |\n| --- | --- | --- |\n${ROWS.join("\n")}\n`,
  "src/valve.py": `import math\nimport os\n\n\nclass Valve(object):\n    """A valve."""\n\n${METHODS.join("\n")}`,
  "data/shop.sql":
    "SELECT * FROM orders WHERE id = 1;\nSELECT * FROM orders WHERE id = 2;\nDELETE FROM carts WHERE age > 9;\n",
  "data/more.sql": "SELECT * FROM orders WHERE id = 3;\n",
  "data/people.csv": "name,job\nAda,mathematician\nGrace,admiral\n",
  "mdp.yaml": "engines:\n  code:\n    context: The firmware of the valves.\n",
});
afterAll(() => project[Symbol.dispose]());
beforeAll(async () => {
  await project.json("ingest", "docs", "src", "data");
}, 300_000);

interface Source {
  cite: string;
  path: string;
  startLine: number;
  endLine: number;
  text: string;
  engine: string;
  scope?: { line: number | null; text: string }[];
  imports?: string[];
  tableHeader?: { line: number; text: string };
  statement?: { tables: string[]; calls: number };
  also?: string[];
}
interface Report {
  sources: Source[];
  collections: Record<string, string>;
  left_out: { count: number; places: string[] };
}
const context = (...args: string[]) => project.json<Report>("context", ...args);

describe("mdp context", () => {
  test("shows source code with the header of its class and the imports that it uses", async () => {
    const { sources, collections } = await context("rotate_valve", "--type", "code", "-k", "1");
    expect(collections).toEqual({ code: "The firmware of the valves." });
    const source = sources.find(({ text }) => text.includes("def rotate_valve"))!;
    expect(source.scope).toEqual([{ line: 5, text: "class Valve(object):" }]);
    expect(source.imports).toEqual(["math"]);
  });

  test("takes more hits into a larger budget, unless -k says how many", async () => {
    const query = ["the moons of a planet or a part of a pump or a valve", "--no-join"];
    const all = (await project.json<{ hits: Source[] }>("search", ...query, "-k", "100")).hits;
    expect(all.length).toBeGreaterThan(15);
    const files = (hits: Source[]) => new Set(hits.map(({ path }) => path)).size;
    expect(files(all)).toBeGreaterThan(files(all.slice(0, 10)));
    const wide = new Set((await context(...query, "--budget", "20000")).sources.map(({ path }) => path));
    expect(wide.size).toBe(files(all));
    const one = await context(...query, "--budget", "20000", "-k", "1");
    expect(one.sources.length + one.left_out.count).toBe(1);
  });

  test("reads on from a passage of prose to its neighbours, as one piece under its section", async () => {
    const query = ["purpose of a rotor", "--filter", "path = 'docs/pumps.md'", "-k", "1"];
    const hit = (await project.json<{ hits: Source[] }>("search", ...query)).hits[0]!;
    const { sources } = await context(...query);
    expect(sources).toHaveLength(1);
    const [{ startLine, endLine, text }] = sources as [Source];
    expect(endLine - startLine).toBeGreaterThan(hit.endLine - hit.startLine);
    expect(text.match(/is described here at length/g)!.length).toBeGreaterThan(1);
  });

  test("puts the header of a table above rows that are cut off from it", async () => {
    const { sources } = await context("planet 57", "--text", "-k", "1", "--filter", "path = 'docs/planets.md'");
    const source = sources.find(({ text }) => text.includes("| planet 57 |"))!;
    expect(source.tableHeader).toEqual({ line: 3, text: "| name | moons | orbit |\n| --- | --- | --- |" });
  });

  test("shows a statement of several files once, with all its calls", async () => {
    const { sources } = await context("orders by id", "--type", "sql", "-k", "5");
    const orders = sources.filter(({ text }) => text.includes("orders"));
    expect(orders).toHaveLength(1);
    expect(orders[0]!.statement).toMatchObject({ tables: ["orders"], calls: 3 });
    expect([orders[0]!.path, ...orders[0]!.also!.map((place) => place.split(":")[0])].sort()).toEqual([
      "data/more.sql",
      "data/shop.sql",
    ]);
  });

  test("joins rows of a table that follow each other", async () => {
    const { sources } = await context("Ada mathematician Grace admiral", "--text", "--filter", "kind = 'csv'");
    expect(sources.map(({ cite }) => cite)).toEqual(["data/people.csv:2-3 rows 1-2"]);
    expect(sources[0]!.text).toBe("name: Ada\njob: mathematician\n\nname: Grace\njob: admiral");
  });

  test("keeps to the budget by the embedder's tokenizer, or by another one, and names what it left out", async () => {
    const [own, other] = [
      await openTokenizer(findModel(DEFAULT_MODEL).dir),
      await openTokenizer(await tinyModel("llama")),
    ];
    for (const budget of [120, 400]) {
      const args = ["context", "valve pressure and the purpose of parts", "--budget", String(budget)];
      const { stdout, stderr, code } = await project.run(...args);
      expect(code).toBe(0);
      expect(own.count(stdout)).toBeLessThanOrEqual(budget);
      expect(stdout).toMatch(/Left out for the budget: \d+ passages?/);
      expect(stderr).toMatch(
        /^\d+ of \d+ tokens by all-MiniLM-L6-v2: \d+ pieces? of \d+ files?\nleft out for the budget: /,
      );
      const counted = await project.run(...args, "--tokenizer", await tinyModel("llama"), "--quiet");
      expect({ code: counted.code, stderr: counted.stderr }).toEqual({ code: 0, stderr: "" });
      expect(other.count(counted.stdout)).toBeLessThanOrEqual(budget);
    }
  });

  test("gives the same bytes again, in each format", async () => {
    for (const format of ["md", "xml", "json"]) {
      const args = ["context", "purpose of a rotor", "--format", format, "-q"];
      const first = await project.run(...args);
      expect(first).toMatchObject({ code: 0, stderr: "" });
      expect(first.stdout.length).toBeGreaterThan(100);
      expect(await project.run(...args)).toEqual(first);
    }
  });

  test("says when nothing was found, and when the budget holds nothing", async () => {
    const none = await project.run("context", "zzz", "--text");
    expect(none).toEqual({ code: 0, stdout: "", stderr: "no passage found\n" });
    const small = await project.run("context", "rotor", "--budget", "5");
    expect(small).toMatchObject({ code: 1, stdout: "" });
    expect(small.stderr).toContain("a budget of 5 tokens holds no text");
    expect((await project.run("context", "rotor", "--budget", "0")).code).toBe(2);
    expect((await project.run("context", "rotor", "--json", "--format", "xml")).code).toBe(2);
  });
});
