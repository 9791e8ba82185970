/**
 * Finding copies, one core, against datatrove and datasketch on the same texts: CPU time of the work alone, the best of
 * a few rounds (other work on the machine then matters least).
 *
 * usage: bun bench/dedup.ts [--megabytes 60] [--peer-megabytes 2] [--rounds 3] [--python PATH | --no-peers]
 * The Python needs datatrove and datasketch. Prints one JSON object.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { DedupSettings } from "../src/curate/dedup/config.ts";
import { dedupJsonlFilesExact, openSignatures, resolveDuplicates } from "../src/curate/dedup/dedup.ts";
import { ExactSet } from "../src/curate/dedup/jsonl/exact-set.ts";
import { exactHash } from "../src/curate/dedup/text/exact-hash.ts";
import { markdownFile, numbers, sentencesOfRepository } from "./support/text.ts";

const REPOSITORY = resolve(import.meta.dir, "..");
const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "60" },
    "peer-megabytes": { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    python: { type: "string", default: join(REPOSITORY, ".venv-peers/bin/python") },
    "no-peers": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), "mdp-bench-dedup-"));

/** Documents of about 6 KB; every tenth is an earlier one again, every eleventh one with another sentence. */
function corpus(megabytes: number): string[] {
  const sentences = sentencesOfRepository();
  const next = numbers(3);
  const texts: string[] = [];
  for (let size = 0; size < megabytes * 1e6; size += texts.at(-1)!.length) {
    const earlier = texts[next(Math.max(1, texts.length))] ?? "";
    if (texts.length % 10 === 9) texts.push(earlier);
    else if (texts.length % 11 === 10) texts.push(`${earlier}\n${sentences[next(sentences.length)]}`);
    else texts.push(markdownFile(sentences, next, 500 + next(1_000)));
  }
  return texts;
}

interface Measured {
  bytes: number;
  seconds: number;
  megabytesPerSecond: number;
  [count: string]: number;
}

async function measure(bytes: number, work: () => Promise<Record<string, number>> | Record<string, number>) {
  let best: Measured | undefined;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const counts = await work();
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    if (!best || seconds < best.seconds)
      best = { ...counts, bytes, seconds, megabytesPerSecond: bytes / 1e6 / seconds };
  }
  return best!;
}

function peer(what: string, path: string, bytes: number): Measured | undefined {
  if (values["no-peers"]) return undefined;
  const work = join(folder, `peer-${what}`);
  const script = join(import.meta.dir, "peers/dedup.py");
  const child = Bun.spawnSync([values.python, script, what, path, work], { stdout: "pipe", stderr: "pipe" });
  if (child.exitCode !== 0) throw new Error(`${what} failed:\n${child.stderr}`);
  const result = JSON.parse(child.stdout.toString().trim().split("\n").at(-1)!);
  return { ...result, bytes, megabytesPerSecond: bytes / 1e6 / result.seconds };
}

function jsonl(name: string, texts: readonly string[]): { path: string; bytes: number } {
  const place = join(folder, name);
  mkdirSync(place);
  const path = join(place, "documents.jsonl");
  writeFileSync(path, texts.map((text, id) => `${JSON.stringify({ id: `d${id}`, text })}\n`).join(""));
  return { path, bytes: statSync(path).size };
}

const texts = corpus(Number(values.megabytes));
const textBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const few = texts.slice(0, Math.ceil((texts.length * Number(values["peer-megabytes"])) / Number(values.megabytes)));
const fewBytes = few.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const all = jsonl("all", texts);
const part = jsonl("part", few);

function settingsOf(input: v.InferInput<typeof DedupSettings>): DedupSettings {
  return v.parse(DedupSettings, input);
}

async function signatures(input: v.InferInput<typeof DedupSettings>): Promise<Measured> {
  return measure(textBytes, async () => {
    const writer = openSignatures(join(folder, "task.sig"), settingsOf(input));
    for (const text of texts) writer.add(text);
    await writer.finish();
    return { documents: texts.length, bytesPerDocument: statSync(join(folder, "task.sig")).size / texts.length };
  });
}

/** Signatures, candidates, comparison by text and decision. */
async function wholeMinhash(): Promise<Measured> {
  const settings = settingsOf({ method: ["exact", "minhash"] });
  return measure(textBytes, async () => {
    const path = join(folder, "whole.sig");
    const writer = openSignatures(path, settings);
    for (const text of texts) writer.add(text);
    await writer.finish();
    const workDir = join(folder, "whole");
    rmSync(workDir, { recursive: true, force: true });
    const tasks = [{ path, documents: texts.length }];
    const found = await resolveDuplicates({ tasks, settings, workDir, text: (doc) => texts[doc] });
    return { exact: found.counts.exact ?? 0, minhash: found.counts.minhash ?? 0, compared: found.compared };
  });
}

function hashAndLookUp(): Promise<Measured> {
  const documents = texts.map((text) => Buffer.from(text));
  const hash = new Uint32Array(4);
  return measure(textBytes, () => {
    const set = new ExactSet();
    for (const [document, bytes] of documents.entries()) {
      exactHash(bytes, hash, 0);
      set.add(hash, 0, document);
    }
    return { documents: documents.length, kept: set.size };
  });
}

function filesToFiles(normalize: boolean): Promise<Measured> {
  return measure(all.bytes, async () => {
    const { documents, kept } = await dedupJsonlFilesExact({
      files: [{ input: all.path, output: join(folder, "out.jsonl") }],
      settings: { normalize, memoryBytes: 2e9 },
      removedPath: join(folder, "removed.jsonl"),
      workDir: join(folder, "exact"),
    });
    return { documents, kept };
  });
}

try {
  const report = {
    corpus: { documents: texts.length, megabytes: textBytes / 1e6 },
    minhash14x8: { mdp: await signatures({ method: ["minhash"] }), datatrove: peer("minhash", part.path, fewBytes) },
    minhash26x11: await signatures({ method: ["minhash"], bands: 26, rows: 11 }),
    minhashAsDatasketch: {
      mdp: await signatures({ method: ["minhash"], minhash: "datasketch" }),
      datasketch: peer("datasketch", part.path, fewBytes),
    },
    minhashAsDatatrove: await signatures({ method: ["minhash"], minhash: "datatrove" }),
    exactSignatures: await signatures({ method: ["exact"] }),
    simhash: await signatures({ method: ["simhash"] }),
    sentences: await signatures({ method: ["sentences"] }),
    substring: await signatures({ method: ["substring"] }),
    exactAndMinhashToTheEnd: await wholeMinhash(),
    hashAndLookUp: { mdp: await hashAndLookUp(), datatrove: peer("hash", all.path, textBytes) },
    filesToFiles: { mdp: await filesToFiles(false), datatrove: peer("files", all.path, all.bytes) },
    filesToFilesNormalized: await filesToFiles(true),
  };
  console.log(
    JSON.stringify(report, (_, value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value), 2),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
