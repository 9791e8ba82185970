/**
 * Speed of the modifiers on one core, beside datatrove's PIIFormatter and ftfy where `.venv-peers` has them.
 *
 * usage: bun bench/pii.ts [--seconds 4] [--python .venv-peers/bin/python]
 * Prints one JSON object: megabytes of UTF-8 per second of CPU time (best of several passes for ours), how many documents
 * were changed, what was found, and ratios, on the thousand frozen documents of fixtures/curate and on prose; precision
 * and recall on the labelled lines. datatrove looks for e-mail and IP addresses only.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { fixture, type Labelled } from "../scripts/fixtures/pii.ts";
import { CurateSettings } from "../src/curate/config.ts";
import { modifiers } from "../src/curate/modifiers/index.ts";
import { piiKinds } from "../src/curate/modifiers/pii/detector.ts";
import { findPii } from "../src/curate/modifiers/pii/find.ts";
import { curatedOf } from "../test/support/curated.ts";
import { frozenDocuments } from "../test/support/frozen-documents.ts";
import { numbers, sentencesOfRepository } from "./support/text.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    python: { type: "string", default: resolve(import.meta.dir, "../.venv-peers/bin/python") },
  },
});
const passes = 5;

/** Documents of forty sentences, about as long as web pages. */
function prose(megabytes: number): string[] {
  const next = numbers(7);
  const sentences = sentencesOfRepository();
  const texts: string[] = [];
  for (let size = 0; size < megabytes * 1e6; size += texts.at(-1)!.length) {
    const chosen = Array.from({ length: 40 }, () => sentences[next(sentences.length)]!);
    texts.push(chosen.map((sentence, i) => sentence + (i % 5 === 4 ? "\n\n" : " ")).join(""));
  }
  return texts;
}

const bytesOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** Best speed of several passes over all texts, in megabytes per second of CPU time. */
function speed(texts: readonly string[], work: (text: string) => boolean) {
  let best = Number.POSITIVE_INFINITY;
  let changed = 0;
  for (const text of texts) work(text);
  for (let pass = 0; pass < passes; pass++) {
    changed = 0;
    const before = process.cpuUsage();
    for (const text of texts) if (work(text)) changed++;
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1e6);
  }
  return { mbPerSecond: round(bytesOf(texts) / 1e6 / best), changed };
}

const round = (value: number) => Math.round(value * 10) / 10;

async function stepOf(name: string, settings: Partial<CurateSettings>) {
  const step = await (await modifiers.load(name))(v.parse(CurateSettings, settings));
  return (text: string) => {
    const item = curatedOf(text);
    step.apply(item);
    return item.text !== text;
  };
}

/** Precision and recall of each kind on the labelled lines, to the character. */
function accuracy(lines: readonly Labelled[]) {
  return Object.fromEntries(
    piiKinds.map((kind) => {
      let [hits, found, wanted] = [0, 0, 0];
      for (const { text, spans } of lines) {
        const right = new Set(spans.filter((span) => span.kind === kind).map(({ start, end }) => `${start}-${end}`));
        const got = findPii(text).filter((span) => span.kind === kind);
        hits += got.filter(({ start, end }) => right.has(`${start}-${end}`)).length;
        found += got.length;
        wanted += right.size;
      }
      return [kind, { precision: round((hits / found) * 100), recall: round((hits / wanted) * 100), labels: wanted }];
    }),
  );
}

function peers(texts: readonly string[]) {
  if (!existsSync(values.python)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "mdp-bench-pii-"));
  const file = join(folder, "texts.jsonl");
  writeFileSync(file, texts.map((text) => `${JSON.stringify({ text })}\n`).join(""));
  const script = join(import.meta.dir, "peers/pii.py");
  const child = Bun.spawnSync([values.python, script, file, values.seconds], { stderr: "pipe" });
  rmSync(folder, { recursive: true });
  if (child.exitCode !== 0) throw new Error(`${script} failed:\n${child.stderr}`);
  return JSON.parse(child.stdout.toString());
}

const lines: Labelled[] = (await Bun.file(fixture).text())
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));
const corpora = {
  frozen: (await frozenDocuments()).map(({ text }) => text),
  prose: prose(8),
};
const report: Record<string, unknown> = {};
for (const [name, texts] of Object.entries(corpora)) {
  const all = speed(texts, await stepOf("pii", { pii: "redact" }));
  const emailAndIp = speed(texts, await stepOf("pii", { pii: "redact", piiKinds: ["email", "ip"] }));
  const unicode = speed(texts, await stepOf("unicode", {}));
  const peer = peers(texts);
  report[name] = {
    megabytes: round(bytesOf(texts) / 1e6),
    pii: all,
    piiEmailAndIp: emailAndIp,
    find: speed(texts, (text) => findPii(text).length > 0),
    unicode,
    boilerplate: speed(texts, await stepOf("boilerplate", {})),
    peers: peer,
    ratioToDatatrove: peer && round(all.mbPerSecond / peer.datatrove.mbPerSecond),
    ratioToDatatroveSameKinds: peer && round(emailAndIp.mbPerSecond / peer.datatrove.mbPerSecond),
    ratioToFtfy: peer && round(unicode.mbPerSecond / peer.ftfy.mbPerSecond),
    found: { email: count(texts, "email"), ip: count(texts, "ip") },
  };
}
report.accuracy = accuracy(lines);
console.log(JSON.stringify(report, null, 2));

function count(texts: readonly string[], kind: "email" | "ip"): number {
  return texts.reduce((sum, text) => sum + findPii(text, [kind]).length, 0);
}
