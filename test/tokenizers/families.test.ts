/** Goal: for each well-known family ids and decoded text equal the Rust library's, on hard lines and on real text. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IdBuffer } from "../../src/tokenizers/id-buffer.ts";
import { openTokenizer } from "../../src/tokenizers/open.ts";
import { python } from "../support/peers.ts";
import { FAMILIES, trainFamilies } from "./families.ts";
import { localTexts } from "./local-text.ts";
import { everyCodePoint, nastyCorpus } from "./nasty-corpus.ts";

interface Reference {
  ids: number[];
  offsets: number[];
  plain: number[];
  text: string;
  skipped: string;
}

const folder = mkdtempSync(join(tmpdir(), "mdp-families-"));
const texts = [...nastyCorpus(700), ...everyCodePoint(61), ...localTexts(0.3)].map((text) => text.toWellFormed());
const input = texts.map((text) => JSON.stringify(text)).join("\n");

beforeAll(() => trainFamilies(folder, localTexts(0.5).join(""), 2_000), 60_000);
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
  }, 300_000);
});
