/** Goal: for each well-known family ids and decoded text equal the Rust library's, on hard lines and on real text. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { IdBuffer } from "../../src/tokenizers/id-buffer.ts";
import { openTokenizer } from "../../src/tokenizers/open.ts";
import { readModelFile } from "../../src/tokenizers/sentencepiece/model-file.ts";
import { python } from "../support/peers.ts";
import { localTexts } from "./local-text.ts";
import { everyCodePoint, nastyCorpus } from "./nasty-corpus.ts";

interface Reference {
  ids: number[];
  offsets: number[];
  plain: number[];
  text: string;
  skipped: string;
}

const FAMILIES = [
  "gpt2",
  "llama3",
  "qwen2",
  "roberta",
  "o200k",
  "deepseek",
  "clip",
  "bert",
  "wordpiece",
  "t5",
  "xlmr",
  "albert",
  "llama2",
  "mistral",
];
const folder = mkdtempSync(join(tmpdir(), "mdp-families-"));
const texts = [...nastyCorpus(700), ...everyCodePoint(61), ...localTexts(0.3)].map((text) => text.toWellFormed());
const input = texts.map((text) => JSON.stringify(text)).join("\n");

/** SentencePiece's own table, from a model that the package trained. */
async function charsmap(): Promise<Uint8Array> {
  const golden = await Bun.file(join(import.meta.dir, "../../fixtures/golden/sentencepiece.json")).json();
  return readModelFile(inflateSync(Buffer.from(golden.models[0].deflated, "base64"))).normalizer.charsmap;
}

beforeAll(async () => {
  const table = join(folder, "charsmap.bin");
  await Bun.write(table, await charsmap());
  await python("test/parity/tokenizer_families.py", [folder, table, "2000"], localTexts(0.5).join(""));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(FAMILIES)("a tokenizer of the family %s", (family) => {
  test("gives the ids and texts of the Rust library", async () => {
    const file = join(folder, `${family}.json`);
    const tokenizer = await openTokenizer(file);
    const expected = (await python("test/parity/encode_reference.py", [file], input)).map(
      (line) => JSON.parse(line) as Reference,
    );
    expect(expected).toHaveLength(texts.length);
    const out = new IdBuffer();
    const differences = texts.filter((text, i) => {
      const { ids, plain, text: decoded, skipped } = expected[i]!;
      out.clear();
      tokenizer.encodeInto(text, out);
      return !(
        Bun.deepEquals([...tokenizer.encode(text).ids], ids) &&
        Bun.deepEquals([...out.toArray()], plain) &&
        tokenizer.decode(ids, { skipSpecialTokens: false }) === decoded &&
        tokenizer.decode(ids) === skipped
      );
    });
    expect(differences).toEqual([]);
  });
});
