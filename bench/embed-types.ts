/**
 * What packed and 16-bit weights, shorter vectors and both cost: agreement with float32, and speed.
 *
 * usage: bun bench/embed-types.ts [--passages 600] [--queries 100] [--model DIR] [--topics FILE]
 * Passages are paragraphs of Python's language reference (`pydoc_data/topics.py`); queries are the first sentences of
 * some of them. Recall is the share of float32's ten nearest passages that are among the ten nearest here. Prints one
 * JSON object; see bench/README.md.
 */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { EmbedSettings } from "../src/embed/config.ts";
import { openEmbedder } from "../src/embed/embedder.ts";

const { values } = parseArgs({
  options: {
    passages: { type: "string", default: "600" },
    queries: { type: "string", default: "100" },
    model: { type: "string", default: resolve(import.meta.dir, "../.models/all-MiniLM-L6-v2") },
    topics: { type: "string", default: "/usr/lib/python3.11/pydoc_data/topics.py" },
  },
});
const NEAREST = 10;

/** Paragraphs of 200 to 1,200 characters, evenly spread over the file. */
function paragraphs(count: number): string[] {
  const text = readFileSync(values.topics, "utf8").replace(/\\n'\n\s*'/g, "\n");
  const all = text
    .split(/\n\s*\n/)
    .map((part) => part.replace(/\s+/g, " ").replaceAll("\\'", "'").trim())
    .filter((part) => part.length >= 200 && part.length <= 1200);
  const step = all.length / count;
  return Array.from({ length: Math.min(count, all.length) }, (_, i) => all[Math.floor(i * Math.max(1, step))]!);
}

const passages = paragraphs(Number(values.passages));
const every = Math.max(1, Math.floor(passages.length / Number(values.queries)));
const queries = passages.filter((_, i) => i % every === 0).map((text) => text.split(/(?<=[.:]) /)[0]!);

interface Result {
  nearest: number[][];
  tokensPerCpuSecond: number;
  bytesPerVector: number;
}

async function run(settings: Partial<EmbedSettings>): Promise<Result> {
  using embedder = await openEmbedder({ model: values.model, ...settings });
  await embedder.embed(passages.slice(0, 20), "document");
  const before = process.cpuUsage();
  const documents = await embedder.embed(passages, "document");
  const { user, system } = process.cpuUsage(before);
  const asked = await embedder.embed(queries, "query");
  const { dimension } = documents;
  const nearest = queries.map((_, q) => {
    const query = asked.vectors.subarray(q * dimension, (q + 1) * dimension);
    const scored = passages.map((_, p) => {
      let sum = 0;
      for (let i = 0; i < dimension; i++) sum += query[i]! * documents.vectors[p * dimension + i]!;
      return [sum, p] as const;
    });
    return scored
      .sort((a, b) => b[0] - a[0])
      .slice(0, NEAREST)
      .map(([, p]) => p);
  });
  return {
    nearest,
    tokensPerCpuSecond: Math.round(documents.tokens / ((user + system) / 1e6)),
    bytesPerVector: dimension * 4,
  };
}

const exact = await run({});
const rows: Record<string, unknown> = { float32: { recall: 1, tokensPerCpuSecond: exact.tokensPerCpuSecond } };
const kinds: Record<string, Partial<EmbedSettings>> = {
  float16: { dtype: "float16" },
  bfloat16: { dtype: "bfloat16" },
  "8bit": { dtype: "8bit" },
  "4bit": { dtype: "4bit" },
  "dim 192": { dim: 192 },
  "dim 96": { dim: 96 },
};
for (const [name, settings] of Object.entries(kinds)) {
  const { nearest, ...rest } = await run(settings);
  const found = nearest.map((ids, q) => ids.filter((id) => exact.nearest[q]!.includes(id)).length / NEAREST);
  rows[name] = { recall: Number((found.reduce((sum, share) => sum + share, 0) / found.length).toFixed(4)), ...rest };
}
console.log(
  JSON.stringify({ passages: passages.length, queries: queries.length, cpu: cpus()[0]?.model, types: rows }, null, 2),
);
