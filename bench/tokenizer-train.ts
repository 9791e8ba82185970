/**
 * Training of tokenizers against the Rust `tokenizers` library, on the same texts, each in a process of its own.
 *
 * usage: bun bench/tokenizer-train.ts DIR [--mb 10] [--vocab-size 32000] [--models bpe,wordpiece,unigram] [--pattern gpt2]
 * DIR: a folder of text files, e.g. what bench/corpus.sh makes; files are drawn from it by a fixed sequence.
 * Prints one JSON object per model: seconds of processor time and of wall time, peak memory in MB, whether the merges
 * are equal (BPE), and the tokens that each needs for 2 MB of other text.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { BytePattern } from "../src/tokenizers/train/split.ts";
import { trainTokenizer } from "../src/tokenizers/train/train.ts";
import { PYTHON } from "../test/support/peers.ts";
import { numbers } from "./support/text.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mb: { type: "string", default: "10" },
    "vocab-size": { type: "string", default: "32000" },
    models: { type: "string", default: "bpe,wordpiece,unigram" },
    pattern: { type: "string", default: "gpt2" },
    // Given to the processes that this program starts.
    train: { type: "string" },
    out: { type: "string" },
  },
});
const MIN_FREQUENCY = 2;
const HELD_OUT_BYTES = 2e6;
const LARGEST_FILE = 200_000;
const SCRIPT = resolve(import.meta.dir, "../test/parity/train_reference.py");
const ENCODE = resolve(import.meta.dir, "../test/parity/tokenize_reference.py");

async function* lines(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of Bun.file(path).stream()) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    for (const part of parts) yield JSON.parse(part) as string;
  }
}

/** Writes texts as JSON lines until there are enough bytes; the rest of the files follows in the second file. */
async function draw(folder: string, into: string): Promise<{ train: string; heldOut: string }> {
  const files = (await Array.fromAsync(new Bun.Glob("**/*").scan({ cwd: folder, absolute: true }))).sort();
  const next = numbers(7);
  const targets = [
    { path: join(into, "train.jsonl"), bytes: Number(values.mb) * 1e6 },
    { path: join(into, "held-out.jsonl"), bytes: HELD_OUT_BYTES },
  ];
  for (const target of targets) {
    const writer = Bun.file(target.path).writer();
    for (let size = 0; size < target.bytes && files.length > 0; ) {
      const [path] = files.splice(next(files.length), 1);
      const bytes = await Bun.file(path!).bytes();
      if (bytes.length === 0 || bytes.length > LARGEST_FILE || bytes.includes(0)) continue;
      const decoded = new TextDecoder().decode(bytes);
      if (decoded.includes("\ufffd")) continue;
      writer.write(`${JSON.stringify(decoded)}\n`);
      size += bytes.length;
    }
    await writer.end();
  }
  return { train: targets[0]!.path, heldOut: targets[1]!.path };
}

/** Runs a command to its end; gives what it printed and what it took. */
async function measure(command: string[], stdin?: string) {
  const started = performance.now();
  const child = Bun.spawn(command, { stdin: stdin ? Bun.file(stdin) : "ignore", stdout: "pipe", stderr: "inherit" });
  const stdout = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`${command[0]} ended with ${child.exitCode}`);
  const usage = child.resourceUsage()!;
  return {
    stdout,
    cpu: Number(usage.cpuTime.total) / 1e6,
    seconds: (performance.now() - started) / 1000,
    peakMb: Math.round(usage.maxRSS / 1e6),
  };
}

async function countTokens(tokenizer: string, texts: string): Promise<number> {
  const { stdout } = await measure([PYTHON, ENCODE, tokenizer], texts);
  const encodings = stdout.trimEnd().split("\n");
  return encodings.reduce((sum, line) => sum + (JSON.parse(line) as { ids: number[] }).ids.length, 0);
}

async function compare(model: string, folder: string, texts: { train: string; heldOut: string }) {
  const files = { ours: join(folder, `${model}.json`), theirs: join(folder, `${model}.rust.json`) };
  const flags = ["--vocab-size", values["vocab-size"], "--pattern", values.pattern, "--out", files.ours];
  const ours = await measure([process.execPath, import.meta.path, texts.train, "--train", model, ...flags]);
  const theirs = await measure([PYTHON, SCRIPT, files.ours, values["vocab-size"], String(MIN_FREQUENCY)], texts.train);
  await Bun.write(files.theirs, theirs.stdout);
  const [a, b] = await Promise.all([Bun.file(files.ours).json(), Bun.file(files.theirs).json()]);
  const [mine, peers] = [await countTokens(files.ours, texts.heldOut), await countTokens(files.theirs, texts.heldOut)];
  const round = (value: number) => Math.round(value * 100) / 100;
  const took = ({ cpu, seconds, peakMb }: typeof ours) => ({ cpu: round(cpu), seconds: round(seconds), peakMb });
  return {
    model,
    mb: Number(values.mb),
    vocabSize: Number(values["vocab-size"]),
    ours: { ...took(ours), ...JSON.parse(ours.stdout), heldOutTokens: mine },
    rust: { ...took(theirs), heldOutTokens: peers },
    timesLessCpu: round(theirs.cpu / ours.cpu),
    ...(model === "bpe"
      ? { merges: a.model.merges.length, equalMerges: Bun.deepEquals(a.model.merges, b.model.merges) }
      : {}),
    tokenRatio: Math.round((mine / peers) * 1e5) / 1e5,
  };
}

if (values.train !== undefined) {
  const trained = await trainTokenizer(lines(positionals[0]!), {
    model: values.train,
    vocabSize: Number(values["vocab-size"]),
    minFrequency: MIN_FREQUENCY,
    pattern: values.pattern as BytePattern,
    lowercase: false,
    specialTokens: [],
    maxWords: 2_000_000,
  });
  await Bun.write(values.out!, trained.files["tokenizer.json"]!);
  console.log(JSON.stringify({ texts: trained.texts, words: trained.words, forgotten: trained.forgotten.words }));
} else {
  const folder = mkdtempSync(join(tmpdir(), "mdp-bench-train-"));
  try {
    const texts = await draw(resolve(positionals[0] ?? "."), folder);
    for (const model of values.models.split(",")) console.log(JSON.stringify(await compare(model, folder, texts)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
