/**
 * Speed of the quality filters on one core, beside datatrove where `.venv-peers` has it, in the same run.
 *
 * usage: bun bench/filters.ts [--seconds 8] [--corpus frozen] [--python .venv-peers/bin/python]
 * Prints megabytes of UTF-8 per second of CPU time (best of several passes for ours), documents kept and the ratio, on
 * three corpora: the thousand frozen documents of fixtures/curate, of which most go early; prose, of which nearly all
 * stays; and files of the installed packages, with more different words than the table of words holds. A chain is left at
 * the first drop, here and there.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { CurateSettings } from "../src/curate/config.ts";
import { filters } from "../src/curate/filters/index.ts";
import type { Step } from "../src/curate/step.ts";
import { curatedOf } from "../test/support/curated.ts";
import { frozenDocuments } from "../test/support/frozen-documents.ts";
import { numbers, sentencesOfRepository } from "./support/text.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "8" },
    corpus: { type: "string" },
    python: { type: "string", default: resolve(import.meta.dir, "../.venv-peers/bin/python") },
  },
});

/** Our name and datatrove's. */
const pairs = [
  ["gopher-repetition@datatrove", "gopher-repetition"],
  ["gopher-quality@datatrove", "gopher-quality"],
  ["c4-quality@fineweb", "c4-quality"],
  ["fineweb-quality@datatrove", "fineweb-quality"],
] as const;
const alone = ["curator-english", "gopher@dolma", "words"];

/** Documents of some paragraphs; sentences come once in each. */
function prose(count: number): string[] {
  const next = numbers(7);
  const sentences = sentencesOfRepository();
  return Array.from({ length: count }, () => {
    const order = sentences.map((sentence) => ({ sentence, key: next(1 << 30) })).toSorted((a, b) => a.key - b.key);
    const chosen = order.slice(0, 15 + next(40)).map(({ sentence }) => sentence);
    return chosen.map((sentence, i) => sentence + (i % 5 === 4 ? "\n\n" : " ")).join("");
  });
}

/** About 15 MB of documentation and code. */
function packages(): string[] {
  const folder = join(import.meta.dir, "../node_modules");
  const names = (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => /\.(md|ts|js)$/.test(name))
    .sort();
  const texts: string[] = [];
  for (let size = 0, i = 0; size < 15e6 && i < names.length; i += 3) {
    const text = readFileSync(join(folder, names[i]!), "utf8");
    if (text.length < 200 || text.length > 200_000) continue;
    texts.push(text);
    size += text.length;
  }
  return texts;
}

function pass(steps: readonly Step[], texts: readonly string[]): number {
  let kept = 0;
  for (const text of texts) {
    const item = curatedOf(text);
    if (steps.every((step) => step.apply(item) === undefined)) kept++;
  }
  return kept;
}

async function measure(names: readonly string[], texts: readonly string[]) {
  const steps = await Promise.all(names.map(async (name) => (await filters.load(name))(v.parse(CurateSettings, {}))));
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
  let best = Number.POSITIVE_INFINITY;
  let kept = 0;
  for (let i = 0; i < 15 && i * megabytes < 60; i++) {
    const before = process.cpuUsage();
    kept = pass(steps, texts);
    best = Math.min(best, process.cpuUsage(before).user / 1e6);
  }
  return { mbPerSecond: megabytes / best, kept };
}

function measurePeer(names: readonly string[], path: string): { mbPerSecond: number } | undefined {
  if (!existsSync(values.python)) return undefined;
  const script = join(import.meta.dir, "peers/datatrove_filters.py");
  const { stdout, stderr, success } = Bun.spawnSync([
    values.python,
    "-W",
    "ignore",
    script,
    path,
    values.seconds,
    ...names,
  ]);
  if (!success) throw new Error(`${script}: ${stderr}`);
  return JSON.parse(stdout.toString());
}

const folder = mkdtempSync(join(tmpdir(), "mdp-bench-"));
const frozen = await frozenDocuments();
const corpora = { frozen: () => frozen.map(({ text }) => text), prose: () => prose(600), packages };
for (const [name, make] of Object.entries(corpora)) {
  if (values.corpus !== undefined && values.corpus !== name) continue;
  const texts = make();
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, texts.map((text) => `${JSON.stringify({ text })}\n`).join(""));
  const sets: [string[], string[]][] = [
    [pairs.map(([ours]) => ours), pairs.map(([, theirs]) => theirs)],
    ...pairs.map(([ours, theirs]): [string[], string[]] => [[ours], [theirs]]),
    ...alone.map((ours): [string[], string[]] => [[ours], []]),
  ];
  for (const [ours, theirs] of sets) {
    const { mbPerSecond, kept } = await measure(ours, texts);
    const peer = theirs.length > 0 ? measurePeer(theirs, path) : undefined;
    const beside = peer
      ? `  datatrove ${peer.mbPerSecond.toFixed(2)} MB/s  ×${Math.round(mbPerSecond / peer.mbPerSecond)}`
      : "";
    console.log(
      `${name}  ${ours.join(" + ")}: ${mbPerSecond.toFixed(1)} MB/s  kept ${kept} of ${texts.length}${beside}`,
    );
  }
}
rmSync(folder, { recursive: true });
