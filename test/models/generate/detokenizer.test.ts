/** Goal: text comes as early as it can, whole characters only, and joined it is the text of all tokens. */
import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { detokenizer } from "../../../src/models/generate/detokenizer.ts";
import { stopStrings } from "../../../src/models/generate/stop-strings.ts";
import { parseTokenizer } from "../../../src/tokenizers/load.ts";
import { openTokenizer } from "../../../src/tokenizers/open.ts";
import type { Tokenizer } from "../../../src/tokenizers/tokenizer.ts";
import { tinyModel } from "../../support/tiny-models.ts";

/** As Llama 2 and Gemma have it: words begin with ▁, and what has no token of its own is bytes. */
function byteFallback(): Tokenizer {
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`);
  const tokens = ["<unk>", "<s>", "</s>", ...bytes, "▁", ..."abcdehlorw", "▁h", "el", "lo", "▁w", "or", "ld"];
  const file = {
    added_tokens: [1, 2].map((id) => ({ id, content: tokens[id], special: true, normalized: false })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: ["▁ h", "e l", "l o", "▁ w", "o r", "l d"],
      unk_token: "<unk>",
      byte_fallback: true,
      fuse_unk: true,
    },
  };
  return parseTokenizer(JSON.stringify({ version: "1.0", ...file }), "tokenizer.json");
}

let byteLevel: Tokenizer;
const fallback = byteFallback();
beforeAll(async () => {
  byteLevel = await openTokenizer(await tinyModel("llama"));
}, 300_000);

const TEXTS = [
  "hello world",
  "  two  spaces ",
  "naïve 漢字 and 👩‍👩‍👧 here",
  "\n\ttabs\n",
  "ünïcödé",
  "漢字かな交じり文".repeat(20),
];

function segments(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  const words = detokenizer(tokenizer);
  return [...ids.map((id) => words.add(id)), words.finish()];
}

describe.each([
  ["byte-level tokens", () => byteLevel],
  ["tokens with byte fallback", () => fallback],
])("%s", (_, tokenizer) => {
  test.each(TEXTS)("give %p back, no half characters among the pieces", (text) => {
    const ids = Array.from(tokenizer().encode(text).ids);
    const pieces = segments(tokenizer(), ids);
    expect(pieces.join("")).toBe(tokenizer().decode(ids, { skipSpecialTokens: false }));
    expect(pieces.join("")).toContain(text.trim());
    expect(pieces.some((piece) => piece.includes("\ufffd") || !piece.isWellFormed())).toBe(false);
  });

  test("give all but the last unfinished character at once", () => {
    const ids = Array.from(tokenizer().encode("a 漢", { specialTokens: false }).ids);
    const words = detokenizer(tokenizer());
    const before = ids.slice(0, -1).map((id) => words.add(id));
    expect(before.join("").trim()).toBe("a");
    expect(words.add(ids.at(-1)!)).toBe("漢");
  });

  test("end with U+FFFD where a character is cut off", () => {
    const ids = Array.from(tokenizer().encode("漢", { specialTokens: false }).ids).slice(0, -1);
    expect(segments(tokenizer(), ids).join("")).toMatch(/\ufffd$/);
  });

  test("of any text come back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
        const ids = Array.from(tokenizer().encode(text).ids);
        expect(segments(tokenizer(), ids).join("")).toBe(tokenizer().decode(ids, { skipSpecialTokens: false }));
      }),
    );
  });
});

test("any byte-level tokens, valid UTF-8 or not, come back as their text", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 480 }), { maxLength: 300 }), (ids) => {
      expect(segments(byteLevel, ids).join("")).toBe(byteLevel.decode(ids, { skipSpecialTokens: false }));
    }),
  );
});

describe("stop strings", () => {
  const through = (stops: string[], pieces: string[]) => {
    const stop = stopStrings(stops);
    let text = "";
    for (const piece of pieces) {
      const next = stop.add(piece);
      text += next.text;
      if (next.stopped) return { text, stopped: true };
    }
    return { text: text + stop.finish(), stopped: false };
  };

  test("are found across pieces, and never given out", () => {
    expect(through(["END"], ["a E", "N", "D b"])).toEqual({ text: "a ", stopped: true });
    expect(through(["END"], ["a E", "N", "d b"])).toEqual({ text: "a ENd b", stopped: false });
    expect(through(["aab"], ["a", "a", "a", "b"])).toEqual({ text: "a", stopped: true });
  });

  test("count from the first that begins", () => {
    expect(through(["cd", "bcde"], ["abcdef"])).toEqual({ text: "a", stopped: true });
  });

  test("that are empty are none", () => {
    expect(through(["", "x"], ["abc"])).toEqual({ text: "abc", stopped: false });
  });

  test("hold back only what they may begin with", () => {
    expect(stopStrings(["\nUser:"]).add("words\nUs")).toEqual({ text: "words", stopped: false });
    expect(stopStrings(["\nUser:"]).add("words\nOs")).toEqual({ text: "words\nOs", stopped: false });
  });

  test("cut any text as a search in the whole does", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    const stop = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(letters), stop, (pieces, wanted) => {
        const whole = pieces.join("");
        const place = whole.indexOf(wanted);
        expect(through([wanted], pieces)).toEqual({
          text: place < 0 ? whole : whole.slice(0, place),
          stopped: place >= 0,
        });
      }),
    );
  });
});
