/**
 * Goal: on much real text ids and decoded text equal the Rust library's. Off unless `MDP_PARITY_MB` says how many
 * megabytes to compare: `MDP_PARITY_MB=50 bun test test/tokenizers/large-parity.test.ts` takes some ten minutes.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IdBuffer } from "../../src/tokenizers/id-buffer.ts";
import { openTokenizer } from "../../src/tokenizers/open.ts";
import { python } from "../support/peers.ts";
import { trainFamilies } from "./families.ts";
import { machineTexts } from "./local-text.ts";

const megabytes = Number(process.env.MDP_PARITY_MB ?? 0);
const FAMILIES = ["gpt2", "llama3", "bert", "t5", "llama2", "qwen2", "o200k", "mistral"];
const MINUTES = 60_000;

describe.skipIf(megabytes === 0)(`${megabytes} MB of real text`, () => {
  const folder = mkdtempSync(join(tmpdir(), "mdp-large-"));
  let texts: string[] = [];
  let input = "";

  beforeAll(async () => {
    texts = machineTexts(megabytes);
    input = texts.map((text) => JSON.stringify(text)).join("\n");
    // Every fifth text, so that the rest has words that training did not see.
    const sample = texts.filter((_, i) => i % 5 === 0).join("\n");
    await trainFamilies(folder, sample.slice(0, 10e6), 30_000, FAMILIES);
  }, 20 * MINUTES);
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(FAMILIES)(
    "has no difference in the family %s",
    async (family) => {
      const file = join(folder, `${family}.json`);
      const expected = await python("test/parity/encode_hashes.py", [file], input);
      const tokenizer = await openTokenizer(file);
      const out = new IdBuffer();
      let ids = 0;
      const differences = texts.filter((text, i) => {
        out.clear();
        tokenizer.encodeInto(text, out);
        ids += out.length;
        const found = out.ids.subarray(0, out.length);
        const decoded = tokenizer.decode(found, { skipSpecialTokens: false });
        const bytes = new Uint8Array(found.buffer, found.byteOffset, found.byteLength);
        return `${out.length} ${Bun.hash.crc32(bytes)} ${Bun.hash.crc32(decoded)}` !== expected[i];
      });
      console.log(`${family}: ${texts.length} texts, ${(Buffer.byteLength(input) / 1e6).toFixed(1)} MB, ${ids} ids`);
      expect(expected).toHaveLength(texts.length);
      expect(differences).toEqual([]);
    },
    20 * MINUTES,
  );
});
