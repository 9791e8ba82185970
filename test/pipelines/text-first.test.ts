import { describe, expect, test } from "bun:test";
import { appendFileSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { StatusReport } from "../../src/pipelines/status.ts";
import { lancedb } from "../../src/store/lancedb.ts";
import { hasTable } from "../../src/store/table.ts";
import { mdpCommand, TempProject } from "../support/project.ts";

interface Found {
  waiting: number;
  hits: { path: string; stale: boolean; missing: boolean }[];
}

const status = (project: TempProject) => project.json<StatusReport>("status");
const search = (project: TempProject, ...args: string[]) => project.json<Found>("search", ...args);

/** Files whose passages are all different. */
function files(count: number): Record<string, string> {
  const words = "apple river stone cloud window garden letter engine mirror candle forest bridge".split(" ");
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => {
      const paragraph = (p: number) =>
        Array.from({ length: 60 }, (_, w) => `${words[(n * 7 + p * 5 + w * w) % words.length]}${n % 50}`).join(" ");
      return [`docs/f${n}.md`, `# File ${n}\n\n${[0, 1, 2].map(paragraph).join("\n\n")}\n\nMarker word marker${n}x.\n`];
    }),
  );
}

/** Rows of the table, and those without a vector, as cheaply as can be. */
async function countsOf(project: TempProject): Promise<[rows: number, waiting: number]> {
  if (!hasTable(project.path(".mdp/lancedb"), "chunks")) return [0, 0];
  const connection = await lancedb().connect(project.path(".mdp/lancedb"));
  try {
    const table = await connection.openTable("chunks");
    return [await table.countRows(), await table.countRows("vector IS NULL")];
  } finally {
    connection.close();
  }
}

/** Starts an ingest that writes text first, and kills it when some vectors are there and some are not; 0 if it was quicker. */
async function killedBetween(project: TempProject): Promise<number> {
  const args = ["ingest", "docs", "--text-first", "--commit-chunks", "16"];
  const child = Bun.spawn(mdpCommand(args), {
    cwd: project.dir,
    env: { ...process.env, MDP_VECTORS: project.vectors },
    stdout: "ignore",
    stderr: "ignore",
  });
  try {
    for (let some = false; !some; await Bun.sleep(5)) {
      if (child.exitCode !== null) return 0;
      const [rows, waiting] = await countsOf(project);
      some = waiting > 0 && waiting < rows;
    }
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
  return (await status(project)).waiting;
}

/** All rows of the table by id: their columns but those that depend on a vector's last bits, and the vectors. */
async function rowsOf(project: TempProject) {
  const connection = await lancedb().connect(project.path(".mdp/lancedb"));
  const rows = await (await connection.openTable("chunks")).query().toArray();
  connection.close();
  const plain = rows.map((row) => {
    const { vector, row_hash: _, mtime: __, ...columns } = row.toJSON() as Record<string, unknown>;
    return { id: columns.id as string, columns: JSON.stringify(columns), vector: [...(vector as Iterable<number>)] };
  });
  return plain.sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe("an ingest of text first", () => {
  test("that is killed between text and vectors is searched by words, and finished by the next one as if it were whole", async () => {
    let count = 60;
    let content = files(count);
    let cut = new TempProject(content);
    let waiting = await killedBetween(cut);
    for (; waiting === 0; waiting = await killedBetween(cut)) {
      cut[Symbol.dispose]();
      count *= 2;
      content = files(count);
      cut = new TempProject(content);
    }
    using project = cut;

    const words = await project.run("search", "marker59x", "--text", "--json");
    expect(JSON.parse(words.stdout)).toMatchObject({ waiting: 0, hits: [{ path: "docs/f59.md" }] });
    expect(words.stderr).toBe("");
    const hybrid = await project.run("search", "marker59x", "--json");
    expect(hybrid.code).toBe(0);
    const report = JSON.parse(hybrid.stdout) as Found;
    expect(report.waiting).toBe(waiting);
    expect(report.hits.map(({ path }) => path)).toContain("docs/f59.md");
    expect(hybrid.stderr).toContain("have no vector yet and are found by words only");
    const vector = await search(project, "apple river", "--mode", "vector", "-k", "1000");
    expect(vector.hits.length).toBeGreaterThan(0);
    expect(vector.hits.length).toBeLessThanOrEqual((await status(project)).chunks - waiting);

    const second = await project.json<IngestReport>("ingest", "docs");
    expect(second).toMatchObject({ unchanged: count, added: 0, updated: 0 });
    expect(second.chunks.embedded + second.chunks.cached).toBe(waiting);
    expect(await status(project)).toMatchObject({ waiting: 0, tables: [{ waiting: 0 }] });
    expect((await search(project, "apple river")).waiting).toBe(0);

    using whole = new TempProject(content);
    await whole.run("ingest", "docs");
    const [a, b] = [await rowsOf(project), await rowsOf(whole)];
    expect(a.map(({ columns }) => columns)).toEqual(b.map(({ columns }) => columns));
    const difference = a.map(({ vector: one }, i) => Math.max(...one.map((x, k) => Math.abs(x - b[i]!.vector[k]!))));
    // The texts that share a batch decide over the last bits.
    expect(Math.max(...difference)).toBeLessThan(1e-6);
  }, 300_000);

  test("tells when all text could be searched, embeds only what is new, and leaves nothing to wait", async () => {
    using project = new TempProject(files(3));
    const first = await project.json<IngestReport>("ingest", "docs", "--text-first");
    expect(first.chunks).toMatchObject({ embedded: first.chunks.total, cached: 0, kept: 0 });
    expect(first.seconds.text).toBeGreaterThan(0);
    expect(first.seconds.text!).toBeLessThan(first.seconds.total);
    project.write("docs/new.md", "# New\n\nA page of its own.\n");
    const second = await project.json<IngestReport>("ingest", "docs", "--text-first");
    expect(second.chunks).toMatchObject({ embedded: 1, kept: first.chunks.total });
    const third = await project.json<IngestReport>("ingest", "docs", "--text-first");
    expect(third).toMatchObject({ unchanged: 4, chunks: { embedded: 0, cached: 0 }, seconds: { text: null } });
    expect((await status(project)).waiting).toBe(0);
  });

  test.each(["int8", "binary"])("fills vectors that are stored as %s", async (type) => {
    using project = new TempProject(files(20));
    const args = ["ingest", "docs", "--vector-type", type];
    await project.json<IngestReport>(...args, "--text-first");
    expect((await status(project)).waiting).toBe(0);
    const found = await search(project, "marker7x marker", "--mode", "vector", "-k", "100", "--no-join");
    expect(found.hits.length).toBe((await status(project)).chunks);
  });
});

describe("hits", () => {
  test("say that their file has changed or is gone since it was indexed", async () => {
    using project = new TempProject({
      "docs/a.md": "# One\n\nApples ripen late.\n",
      "docs/b.md": "# Two\n\nApples are picked.\n",
      "docs/c.md": "# Three\n\nApples are pressed.\n",
      "docs/d.md": "# Four\n\nApples are sold.\n",
    });
    await project.run("ingest", "docs");
    appendFileSync(project.path("docs/a.md"), "More.\n");
    rmSync(project.path("docs/b.md"));
    utimesSync(join(project.dir, "docs/c.md"), 1e9, 1e9);
    const { hits } = await search(project, "apples", "--text");
    const marks = Object.fromEntries(hits.map(({ path, stale, missing }) => [path, { stale, missing }]));
    expect(marks).toEqual({
      "docs/a.md": { stale: true, missing: false },
      "docs/b.md": { stale: false, missing: true },
      "docs/c.md": { stale: false, missing: false },
      "docs/d.md": { stale: false, missing: false },
    });
    const { stdout } = await project.run("search", "apples", "--text");
    expect(stdout.split("\n").filter((line) => line.includes("file has changed since"))).toEqual([
      expect.stringContaining("docs/a.md"),
    ]);
    expect(stdout.split("\n").filter((line) => line.includes("file is gone"))).toEqual([
      expect.stringContaining("docs/b.md"),
    ]);
  });
});
