/**
 * Peak memory of `mdp ingest` as the number of documents grows: it should not.
 *
 * usage: bun bench/memory.ts [--documents 1000,10000] [--words 30]   (Linux: reads VmHWM). Prints one JSON object.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { markdownFile, numbers, sentencesOfRepository } from "./support/text.ts";

const REPOSITORY = resolve(import.meta.dir, "..");
const { values } = parseArgs({
  options: { documents: { type: "string", default: "1000,10000" }, words: { type: "string", default: "30" } },
});
const sentences = sentencesOfRepository();

async function peakBytes(documents: number): Promise<{ documents: number; chunks: number; peakMb: number }> {
  const project = mkdtempSync(join(tmpdir(), "mdp-bench-memory-"));
  const next = numbers(7);
  for (let i = 0; i < documents; i++) {
    const folder = join(project, "docs", `part${i % 100}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file${i}.md`), markdownFile(sentences, next, Number(values.words)));
  }
  const child = Bun.spawn([join(REPOSITORY, "mdp"), "ingest", "docs", "--vector-cache-bytes", "0", "--json"], {
    cwd: project,
    stdout: "pipe",
  });
  let peakKb = 0;
  const timer = setInterval(() => {
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    peakKb = Math.max(peakKb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 50);
  const output = await child.stdout.text();
  clearInterval(timer);
  if ((await child.exited) !== 0) throw new Error("mdp ingest failed");
  rmSync(project, { recursive: true });
  return { documents, chunks: JSON.parse(output).chunks.total, peakMb: Math.round(peakKb / 1024) };
}

const runs = [];
for (const count of values.documents.split(",")) runs.push(await peakBytes(Number(count)));
const growth = runs.at(-1)!.peakMb / runs[0]!.peakMb - 1;
console.log(JSON.stringify({ runs, growthPercent: Math.round(growth * 1000) / 10 }, null, 2));
