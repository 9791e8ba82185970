/**
 * Speed of the classifiers of `curate`, per core: CPU time, best of three passes, texts of some 3 kB.
 *
 * usage: bun bench/classifiers.ts [--documents FILE.jsonl] [--language-model lid.176.ftz] [--python PYTHON]
 * Documents have a `text`; by default they are drawn from this repository's own. With `--python .venv-ngram/bin/python`
 * the speeds of fastText and KenLM stand beside ours. Memory is what a fresh process takes more than Bun alone.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { classifiers } from "../src/curate/classifiers/index.ts";
import { writeNgramModel } from "../src/curate/classifiers/perplexity/file.ts";
import { trainNgramModel } from "../src/curate/classifiers/perplexity/train.ts";
import { CurateSettings } from "../src/curate/config.ts";
import { BenchmarkIndex } from "../src/curate/decontaminate/index.ts";
import { curatedOf } from "../test/support/curated.ts";
import { markdownFile, numbers, sentencesOfRepository } from "./support/text.ts";

const { values } = parseArgs({
  options: {
    documents: { type: "string" },
    "language-model": { type: "string" },
    python: { type: "string" },
  },
});
const PASSES = 3;
const MB = 8;
const PEER_SECONDS = 2;
const root = mkdtempSync(join(tmpdir(), "mdp-bench-classifiers-"));

const texts = await readTexts();
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const documents = join(root, "documents.jsonl");
writeFileSync(documents, texts.map((text) => JSON.stringify({ text })).join("\n"));
console.log(`${texts.length} texts, ${(bytes / 1e6).toFixed(1)} MB`);
try {
  await languages();
  await toxicity();
  await perplexity();
  await decontamination();
} finally {
  rmSync(root, { recursive: true });
}

async function readTexts(): Promise<string[]> {
  const found: string[] = [];
  let size = 0;
  if (values.documents) {
    for (const line of (await Bun.file(values.documents).text()).split("\n")) {
      if (line === "" || size > MB * 1e6) break;
      found.push((JSON.parse(line) as { text: string }).text);
      size += found.at(-1)!.length;
    }
    return found;
  }
  const [sentences, next] = [sentencesOfRepository(), numbers(1)];
  for (; size < MB * 1e6; size += found.at(-1)!.length) found.push(markdownFile(sentences, next, 500));
  return found;
}

/** Megabytes (UTF-8) in a second of CPU time. */
function speed(pass: (text: string) => void): number {
  const runs = Array.from({ length: PASSES }, () => {
    const before = process.cpuUsage();
    for (const text of texts) pass(text);
    const { user, system } = process.cpuUsage(before);
    return bytes / (user + system);
  });
  return Math.max(...runs);
}

async function stepSpeed(name: string, settings: v.InferInput<typeof CurateSettings>): Promise<number> {
  const step = await (await classifiers.load(name))(v.parse(CurateSettings, settings));
  return speed((text) => step.apply(curatedOf(text)));
}

function line(name: string, ours: number, notes = ""): void {
  console.log(`${name.padEnd(34)}${ours.toFixed(1).padStart(8)} MB/s  ${notes}`);
}

/** A peer's speed, and how much faster ours is. */
function beside(ours: number, name: string, args: string[]): string {
  if (!values.python) return "";
  const script = join(import.meta.dir, "peers/classifiers.py");
  const run = Bun.spawnSync([values.python, script, ...args, documents, String(PEER_SECONDS)]);
  if (run.exitCode !== 0) return `${name}: ${run.stderr.toString().trim().split("\n").at(-1)}`;
  const { mbPerSecond } = JSON.parse(run.stdout.toString()) as { mbPerSecond: number };
  return `${name} ${mbPerSecond.toFixed(1)} MB/s: ${(ours / mbPerSecond).toFixed(1)} times`;
}

/** Memory in MB that `code` takes in a fresh process, more than `1`. */
function memory(code: string): number {
  const resident = (source: string) => {
    const script = `${source}; Bun.gc(true); console.log(process.memoryUsage().rss / 1e6)`;
    return Number(
      Bun.spawnSync([process.execPath, "-e", script], { cwd: join(import.meta.dir, "..") }).stdout.toString(),
    );
  };
  return resident(code) - resident("1");
}

async function languages(): Promise<void> {
  const { eld } = await import("eld/large");
  const ours = await stepSpeed("language", {});
  const theirs = speed((text) => void eld.detect(text).getScores());
  line(
    "language, eld's n-grams",
    ours,
    `four pieces of each text; the package eld, one piece: ${theirs.toFixed(1)} MB/s`,
  );
  const open =
    'const { openEld } = await import("./src/curate/classifiers/language/eld.ts"); (await openEld()).detect("one two three")';
  const packages = ["extrasmall", "small", "medium", "large"].map((size) => {
    const taken = memory(`const { eld } = await import("eld/${size}"); eld.detect("one two three")`);
    return `${size} ${taken.toFixed(0)}`;
  });
  console.log(`  memory: ${memory(open).toFixed(0)} MB; the package eld: ${packages.join(", ")}`);
  const model = values["language-model"];
  if (!model) return;
  const fasttext = await stepSpeed("language", { languageModel: model });
  line(
    "language, fastText's model",
    fasttext,
    beside(fasttext, "fastText, the whole of each text:", ["fasttext", model]),
  );
}

async function toxicity(): Promise<void> {
  line("toxicity, list of words", await stepSpeed("toxicity", { toxicity: "score" }));
}

async function perplexity(): Promise<void> {
  const lines = texts.slice(0, texts.length / 4).flatMap((text) => text.split("\n"));
  const before = process.cpuUsage();
  const model = await trainNgramModel(lines, { order: 5 });
  const { user, system } = process.cpuUsage(before);
  const trained = lines.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0) / (user + system);
  console.log(`  trained on ${lines.length} lines: ${model.table.size} n-grams, ${trained.toFixed(1)} MB/s`);
  const own = join(root, "model.ngram");
  await writeNgramModel(own, model);
  line("perplexity, 5-grams", await stepSpeed("perplexity", { perplexityModel: own }));
  const guide = join(import.meta.dir, "../fixtures/models/ngram/guide.arpa");
  const small = await stepSpeed("perplexity", { perplexityModel: guide });
  line("perplexity, 4-grams of the fixture", small, beside(small, "kenlm, the same model:", ["kenlm", guide]));
}

async function decontamination(): Promise<void> {
  const [sentences, next] = [sentencesOfRepository(), numbers(7)];
  const shuffled = () =>
    sentences[next(sentences.length)]!.split(" ")
      .toSorted(() => next(3) - 1)
      .join(" ");
  for (const rows of [2_000, 50_000]) {
    const file = join(root, `benchmark-${rows}.jsonl`);
    const row = () => JSON.stringify({ question: `${shuffled()} ${shuffled()}`, answer: shuffled() });
    writeFileSync(file, Array.from({ length: rows }, row).join("\n"));
    const index = new BenchmarkIndex(13);
    index.addFile(file);
    const ours = speed((text) => void index.find(text));
    line(`decontaminate, ${index.size} n-grams`, ours);
  }
}
