/** Goal: SentencePiece's own files give the ids and the texts that the sentencepiece package gives. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { MdpError } from "../../src/core/errors.ts";
import { IdBuffer } from "../../src/tokenizers/id-buffer.ts";
import { parseSentencePiece } from "../../src/tokenizers/sentencepiece/load.ts";
import { readModelFile } from "../../src/tokenizers/sentencepiece/model-file.ts";

interface Golden {
  texts: string[];
  models: { name: string; deflated: string; ids: number[][]; decoded: string[] }[];
}

const path = join(import.meta.dir, "../../fixtures/golden/sentencepiece.json");
const golden = (await Bun.file(path).json()) as Golden;
const bytesOf = (deflated: string) => inflateSync(Buffer.from(deflated, "base64"));

describe.each(golden.models.map((model) => [model.name, model] as const))("a model of kind %s", (name, model) => {
  const tokenizer = parseSentencePiece(bytesOf(model.deflated), name);

  test("gives the package's ids, and the same ones with spans", () => {
    const out = new IdBuffer();
    const differences = golden.texts.filter((text, i) => {
      out.clear();
      tokenizer.encodeInto(text, out);
      const { ids, starts, ends } = tokenizer.encode(text);
      const inside = ids.every((_, k) => starts[k]! <= ends[k]! && ends[k]! <= text.length);
      return !(Bun.deepEquals([...out.toArray()], model.ids[i]) && Bun.deepEquals([...ids], model.ids[i]) && inside);
    });
    expect(differences).toEqual([]);
  });

  test("gives the package's text of ids", () => {
    expect(model.ids.map((ids) => tokenizer.decode(ids))).toEqual(model.decoded);
  });
});

describe("a model file", () => {
  const [unigram, bpe] = golden.models.map(({ deflated }) => bytesOf(deflated));

  test("tells its kind, size and special tokens", () => {
    const one = parseSentencePiece(unigram!, "a.model");
    expect([one.model, one.vocabSize, one.special]).toEqual(["Unigram", 700, { unk: 0, bos: 1, eos: 2 }]);
    const other = parseSentencePiece(bpe!, "b.model", [{ add_bos_token: true, bos_token: "<s>" }]);
    expect([other.model, other.special]).toEqual(["BPE", { unk: 0, bos: 1, eos: 2, pad: 3 }]);
    expect([...other.encode("").ids]).toEqual([1]);
    expect(other.idToToken(3)).toBe("<pad>");
    expect(other.tokenToId("[INST]")).toBe(4);
  });

  test.each([
    ["cut off", unigram!.subarray(0, 5_000), "cut off"],
    ["empty", new Uint8Array(0), "no pieces"],
    ["another format", new TextEncoder().encode("{}\n"), "SentencePiece"],
  ])("that is %s is an error that names it", (_, bytes, message) => {
    expect(() => parseSentencePiece(bytes, "some.model")).toThrow(MdpError);
    expect(() => parseSentencePiece(bytes, "some.model")).toThrow(message);
  });

  test("of words is an error that names the kind", () => {
    // Field 2 (the trainer's settings) once more, with the model's kind 3: the last one counts.
    const words = Buffer.concat([unigram!, Uint8Array.of(0x12, 2, 0x18, 3)]);
    expect(readModelFile(words).modelType).toBe(3);
    expect(() => parseSentencePiece(words, "words.model")).toThrow("trainer_spec.model_type");
  });
});
