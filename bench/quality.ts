/**
 * How well each way of searching answers the questions of `fixtures/search/queries.json` over `fixtures/documents`.
 *
 * usage: bun bench/quality.ts     (prints a Markdown table: hits at rank 1 and within 3, mean reciprocal rank)
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { Settings } from "../src/config/schema.ts";
import { projectAt } from "../src/core/project.ts";
import { openEmbedder } from "../src/embed/embedder.ts";
import { ingest } from "../src/pipelines/ingest.ts";
import { search } from "../src/search/search.ts";
import { openStore } from "../src/store/store.ts";

interface Question {
  class: string;
  query: string;
  expected: string[];
}

const FIXTURES = join(import.meta.dir, "../fixtures");
const settings = v.parse(Settings, { ingest: {}, embed: {}, store: {}, search: {} });
const { queries } = (await Bun.file(join(FIXTURES, "search/queries.json")).json()) as { queries: Question[] };

const project = projectAt(mkdtempSync(join(tmpdir(), "mdp-bench-quality-")));
cpSync(join(FIXTURES, "documents"), join(project.dir, "docs"), { recursive: true });
await ingest({ project, inputs: [join(project.dir, "docs")], settings, signal: new AbortController().signal });

{
  using embedder = await openEmbedder(settings.embed);
  const dir = join(project.stateDir, "lancedb");
  await using store = await openStore({ dir, settings: settings.store, embedder: embedder.description });
  const classes = [...new Set(queries.map((q) => q.class)), "all"];
  console.log(`| search | ${classes.join(" | ")} |\n|---|${classes.map(() => "---|").join("")}`);
  const ways = [
    { name: "vector", mode: "vector" },
    { name: "text", mode: "text" },
    { name: "hybrid, RRF (default)", mode: "hybrid" },
    { name: "hybrid, convex 0.5", mode: "hybrid", fusion: "convex" },
    { name: "hybrid, convex 0.7", mode: "hybrid", fusion: "convex", alpha: 0.7 },
  ] as const;
  for (const { name, ...way } of ways) {
    const ranks = new Map<string, number[]>(classes.map((c) => [c, []]));
    for (const { class: kind, query, expected } of queries) {
      const { hits } = await search(store, embedder, { query, settings: { ...settings.search, ...way } });
      const rank = hits.findIndex(({ record }) => expected.some((path) => record.path === `docs/${path}`)) + 1;
      ranks.get(kind)!.push(rank);
      ranks.get("all")!.push(rank);
    }
    console.log(`| ${name} | ${classes.map((c) => figures(ranks.get(c)!)).join(" | ")} |`);
  }
}
rmSync(project.dir, { recursive: true });

function figures(ranks: readonly number[]): string {
  const within = (limit: number) => ranks.filter((rank) => rank > 0 && rank <= limit).length;
  const mrr = ranks.reduce((sum, rank) => sum + (rank > 0 ? 1 / rank : 0), 0) / ranks.length;
  return `${within(1)} / ${within(3)} of ${ranks.length}, ${mrr.toFixed(3)}`;
}
