/** What the Rust library makes of the same texts, and texts that every checkout has. */
import { expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Trained, type TrainSettings, trainTokenizer } from "../../../src/tokenizers/train/train.ts";
import { python } from "../../support/peers.ts";
import { nastyCorpus } from "../nasty-corpus.ts";

export const defaults: TrainSettings = {
  model: "bpe",
  vocabSize: 4_000,
  minFrequency: 2,
  pattern: "gpt2",
  lowercase: false,
  specialTokens: [],
  maxWords: 1_000_000,
};

/** The sources of this program, one text per file. */
export async function sources(): Promise<string[]> {
  const root = join(import.meta.dir, "../../..");
  const files = await Array.fromAsync(new Bun.Glob("{src,ffi}/**/*.ts").scan(root));
  const texts = await Promise.all(files.sort().map((file) => Bun.file(join(root, file)).text()));
  // The library's Unigram trainer fails on a text that has the name of its own unknown token.
  return texts.filter((text) => !text.includes(`<${"UNK"}>`));
}

/** The same, and lines that break tokenizers; the library takes seconds over words of tens of thousands of letters. */
export async function localTexts(): Promise<string[]> {
  const nasty = nastyCorpus(450).map((text) => text.toWellFormed());
  return [...(await sources()), ...nasty.filter(({ length }) => length < 10_000)];
}

export interface TokenizerJson {
  added_tokens: { id: number; content: string }[];
  model: { type: string; vocab: unknown; merges: [string, string][] };
}

/** Trains with both; gives the file of each. */
export async function trainBoth(texts: readonly string[], change: Partial<TrainSettings>) {
  const settings = { ...defaults, ...change };
  const trained = await trainTokenizer(texts, settings);
  const theirs = await withFile(trained, async (path) => {
    const args = [path, String(settings.vocabSize), String(settings.minFrequency)];
    const [line] = await python("test/parity/train_reference.py", args, jsonLines(texts));
    return line!;
  });
  return { trained, ours: parse(trained), theirs: JSON.parse(theirs) as TokenizerJson, theirFile: theirs };
}

/**
 * Every fifth text is held out; the two tokenizers may differ by one in a hundred tokens there.
 *
 * @param characters of the texts that are used at most
 */
export async function expectCloseCounts(change: Partial<TrainSettings>, characters: number): Promise<void> {
  let room = characters;
  const texts = (await sources()).filter((text) => {
    room -= text.length;
    return room >= 0;
  });
  const heldOut = texts.filter((_, i) => i % 5 === 0);
  const both = await trainBoth(
    texts.filter((_, i) => i % 5 !== 0),
    change,
  );
  const ours = (await rustIds(both.trained.files["tokenizer.json"]!, heldOut)).flat().length;
  const theirs = (await rustIds(both.theirFile, heldOut)).flat().length;
  expect(theirs).toBeGreaterThan(10_000);
  expect(Math.abs(ours - theirs)).toBeLessThan(theirs / 100);
}

export function parse(trained: Pick<Trained, "files">): TokenizerJson {
  return JSON.parse(trained.files["tokenizer.json"]!) as TokenizerJson;
}

/** Number of tokens that the Rust library makes of each text with a `tokenizer.json`. */
export async function rustIds(file: string, texts: readonly string[]): Promise<number[][]> {
  return await withFile({ files: { "tokenizer.json": file } }, async (path) => {
    const lines = await python("test/parity/tokenize_reference.py", [path], jsonLines(texts));
    return lines.map((line) => (JSON.parse(line) as { ids: number[] }).ids);
  });
}

function jsonLines(texts: readonly string[]): string {
  return texts.map((text) => `${JSON.stringify(text)}\n`).join("");
}

async function withFile<T>(trained: Pick<Trained, "files">, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "mdp-train-"));
  try {
    const path = join(folder, "tokenizer.json");
    await Bun.write(path, trained.files["tokenizer.json"]!);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
