/**
 * Speed of tokenizers on real, mixed text: `encodeInto` beside two releases of the Rust library in the same run, and
 * `tokenStarts` on whole documents, as the chunkers call it.
 *
 * usage: bun bench/tokenize.ts [--mb 8] [--vocabulary 32000] [--families gpt2,llama3,…] [--peers PYTHON,PYTHON]
 * `--peers` are interpreters with a release of `tokenizers` each. Prints one JSON object: per family megabytes (UTF-8) per
 * second of CPU time on one core, in the first pass (nothing remembered) and the best of five, and each peer's best of
 * two with our ratio to it; `equal` tells whether all gave the same ids. Peers make their objects for encodings as well.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { IdBuffer } from "../src/tokenizers/id-buffer.ts";
import { openTokenizer } from "../src/tokenizers/open.ts";
import { trainFamilies } from "../test/tokenizers/families.ts";
import { machineTexts } from "../test/tokenizers/local-text.ts";

const ROOT = resolve(import.meta.dir, "..");
const { values } = parseArgs({
  options: {
    mb: { type: "string", default: "8" },
    vocabulary: { type: "string", default: "32000" },
    families: { type: "string", default: "gpt2,llama3,qwen2,o200k,bert,t5,llama2" },
    peers: { type: "string", default: [".venv", ".venv-tok1"].map((name) => join(ROOT, name, "bin/python")).join() },
    model: { type: "string", default: join(ROOT, ".models/all-MiniLM-L6-v2") },
  },
});
const families = values.families.split(",");
const texts = machineTexts(Number(values.mb));
const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const folder = mkdtempSync(join(tmpdir(), "mdp-bench-tokenize-"));

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const rounded = (value: number) => Math.round(value * 10) / 10;

async function ours(file: string) {
  const tokenizer = await openTokenizer(file);
  const out = new IdBuffer();
  const pass = () => {
    for (const text of texts) {
      out.clear();
      tokenizer.encodeInto(text, out);
    }
  };
  const [first, ...rest] = Array.from({ length: 6 }, () => size / cpuSeconds(pass) / 1e6);
  out.clear();
  for (const text of texts) tokenizer.encodeInto(text, out);
  const crc = Bun.hash.crc32(new Uint8Array(out.ids.buffer, 0, out.length * 4));
  return { first: rounded(first!), best: Math.max(...rest), ids: out.length, crc };
}

type Peer = { version: string } & ({ mbPerSecond: number; ids: number; crc: number } | { error: string });

/** Per peer and family. */
function peers(files: readonly string[]): Peer[][] {
  const input = Buffer.from(texts.map((text) => JSON.stringify(text)).join("\n"));
  return values.peers
    .split(",")
    .filter((python) => existsSync(python))
    .map((python) => {
      const run = Bun.spawnSync([python, join(ROOT, "bench/peers/encode.py"), "2", ...files], { stdin: input });
      if (run.exitCode !== 0) throw new Error(run.stderr.toString());
      return run.stdout
        .toString()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Peer);
    });
}

function besides(peer: Peer, best: number) {
  if ("error" in peer) return peer.error;
  return { mbPerSecond: rounded(peer.mbPerSecond), ratio: Math.round((best / peer.mbPerSecond) * 100) / 100 };
}

/** The chunkers' call, on documents of half a megabyte. */
async function tokenStarts() {
  const tokenizer = await openTokenizer(values.model);
  const documents = texts.join("\n").match(/[\s\S]{1,500000}/g) ?? [];
  const speeds = Array.from({ length: 3 }, () => {
    return size / cpuSeconds(() => documents.forEach((text) => void tokenizer.tokenStarts(text))) / 1e6;
  });
  return { first: rounded(speeds[0]!), best: rounded(Math.max(...speeds)) };
}

try {
  const sample = texts.filter((_, i) => i % 2 === 0).join("\n");
  await trainFamilies(folder, sample.slice(0, 6e6), Number(values.vocabulary), families);
  const files = families.map((family) => join(folder, `${family}.json`));
  const others = peers(files);
  const report: Record<string, unknown> = { megabytes: rounded(size / 1e6), vocabulary: Number(values.vocabulary) };
  for (const [i, family] of families.entries()) {
    const { first, best, ids, crc } = await ours(files[i]!);
    const compared = others.map((each) => each[i]!);
    report[family] = {
      first,
      best: rounded(best),
      peers: Object.fromEntries(compared.map((peer) => [peer.version, besides(peer, best)])),
      equal: compared.every((peer) => "error" in peer || (peer.ids === ids && peer.crc === crc)),
    };
  }
  report["tokenStarts of the default model"] = await tokenStarts();
  console.log(JSON.stringify(report, null, 2));
} finally {
  rmSync(folder, { recursive: true });
}
