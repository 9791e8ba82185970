/**
 * `mdp ingest` of short Markdown files, or of PDFs, against a Python pipeline that a user would write, in turn.
 *
 * usage: bun bench/ingest.ts [--files 2000] [--words 120] [--rounds 3] [--python PATH] [PDF…]
 * The Python needs sentence-transformers and lancedb, and pypdf for PDFs (see bench/README.md). `MDP_BIN` names another
 * executable than ./mdp. Prints one JSON object: seconds by the clock and of the processors.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { markdownFile, numbers, sentencesOfRepository } from "./support/text.ts";

const REPOSITORY = resolve(import.meta.dir, "..");
const { values, positionals: pdfs } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: "string", default: "2000" },
    words: { type: "string", default: "120" },
    rounds: { type: "string", default: "3" },
    python: { type: "string", default: join(REPOSITORY, ".venv-peers/bin/python") },
  },
});

const binary = resolve(process.env.MDP_BIN ?? join(REPOSITORY, "mdp"));
const folder = mkdtempSync(join(tmpdir(), "mdp-bench-ingest-"));
const docs = join(folder, "docs");
const sentences = sentencesOfRepository();
const next = numbers(1);
mkdirSync(docs);
for (const pdf of pdfs) copyFileSync(pdf, join(docs, basename(pdf)));
for (let i = 0; pdfs.length === 0 && i < Number(values.files); i++) {
  const file = join(docs, `part${i % 20}`, `file${i}.md`);
  mkdirSync(join(file, ".."), { recursive: true });
  // Half to one and a half times the usual length, so that batches are of mixed lengths.
  writeFileSync(file, markdownFile(sentences, next, Number(values.words) * (0.5 + next(1000) / 1000)));
}

function run(command: string[], cwd: string): { seconds: number; cpu: number; output: string } {
  const started = performance.now();
  const child = Bun.spawnSync(command, { cwd, stdout: "pipe", stderr: "pipe" });
  if (child.exitCode !== 0) throw new Error(`${command[0]} failed:\n${child.stderr}`);
  const cpu = Number(child.resourceUsage!.cpuTime.total) / 1e6;
  return { seconds: (performance.now() - started) / 1000, cpu, output: child.stdout.toString() };
}

const rounds = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const project = join(folder, `project${round}`);
  mkdirSync(project);
  const ours = run([binary, "ingest", docs, "--vector-cache-bytes", "0", "--json"], project);
  const model = join(REPOSITORY, ".models/all-MiniLM-L6-v2");
  const peer = run(
    [values.python, join(import.meta.dir, "peers/ingest.py"), docs, join(folder, `peer${round}`), model],
    folder,
  );
  const report = JSON.parse(ours.output);
  rounds.push({
    mdpSeconds: ours.seconds,
    pythonSeconds: peer.seconds,
    ratio: peer.seconds / ours.seconds,
    mdpCpuSeconds: ours.cpu,
    pythonCpuSeconds: peer.cpu,
    cpuRatio: peer.cpu / ours.cpu,
    mdpChunks: report.chunks.total,
    pythonChunks: JSON.parse(peer.output).chunks,
    mdpTokens: report.tokens,
    phases: report.seconds,
  });
  rmSync(project, { recursive: true });
}
rmSync(folder, { recursive: true });
const median = (ratios: number[]) => ratios.toSorted((a, b) => a - b)[ratios.length >> 1];
const medianRatio = median(rounds.map(({ ratio }) => ratio));
const medianCpuRatio = median(rounds.map(({ cpuRatio }) => cpuRatio));
console.log(JSON.stringify({ medianRatio, medianCpuRatio, rounds }, null, 2));
