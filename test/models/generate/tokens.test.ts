/** Goal: generation ends as it should, holds no memory, and says what is wrong with what it was given. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import { replaceParams } from "../../../src/mlx/nn/params.ts";
import { type TokenOptions, tokenDefaults } from "../../../src/models/generate/options.ts";
import { generateWithDraft } from "../../../src/models/generate/speculative.ts";
import { generateText, type TextOptions, type TextPiece } from "../../../src/models/generate/text.ts";
import { generateTokens } from "../../../src/models/generate/tokens.ts";
import { type LoadedDecoder, openDecoder } from "../../../src/models/load-decoder.ts";
import { openTokenizer } from "../../../src/tokenizers/open.ts";
import type { Tokenizer } from "../../../src/tokenizers/tokenizer.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { tinyModel } from "../../support/tiny-models.ts";

const PROMPT = [1, 40, 77, 203, 5, 99];
let model: LoadedDecoder;
let tokenizer: Tokenizer;
beforeAll(async () => {
  model = await openDecoder(await tinyModel("llama"));
  tokenizer = await openTokenizer(model.dir);
}, 300_000);
afterAll(() => model[Symbol.dispose]());

async function tokens(options: Partial<TokenOptions>, prompt = PROMPT): Promise<number[]> {
  const found: number[] = [];
  for await (const { token } of generateTokens(model, prompt, { ...tokenDefaults, ...options })) found.push(token);
  return found;
}

async function pieces(options: Partial<TextOptions>): Promise<TextPiece[]> {
  const all = { ...tokenDefaults, maxTokens: 30, eosIds: [], stops: [], numDraftTokens: 3, ...options };
  return Array.fromAsync(generateText(model, tokenizer, PROMPT, all));
}
const textOf = (found: readonly TextPiece[]) => found.map(({ text }) => text).join("");

describe("the text", () => {
  test("is that of the tokens, and ends at the limit", async () => {
    const found = await pieces({});
    expect(found.length).toBe(30);
    expect(found.at(-1)!.finishReason).toBe("length");
    expect(found.slice(0, -1).every(({ finishReason }) => finishReason === undefined)).toBe(true);
    const ids = found.map(({ token }) => token);
    expect(textOf(found)).toBe(tokenizer.decode(ids, { skipSpecialTokens: false }));
  });

  test("ends at a token that ends texts, which is no part of it", async () => {
    const plain = await pieces({});
    const end = plain[7]!.token;
    const first = plain.findIndex(({ token }) => token === end);
    const found = await pieces({ eosIds: [end] });
    expect(found.length).toBe(first + 1);
    expect(found.at(-1)).toMatchObject({ token: end, finishReason: "stop" });
    const before = plain.slice(0, first).map(({ token }) => token);
    expect(textOf(found)).toBe(tokenizer.decode(before, { skipSpecialTokens: false }));
  });

  test("ends before a stop string, wherever tokens begin and end", async () => {
    const whole = textOf(await pieces({}));
    for (const [from, to] of [
      [3, 5],
      [6, 7],
      [8, 14],
    ] as const) {
      const stop = whole.slice(from, to);
      const found = await pieces({ stops: ["not there", stop] });
      expect(textOf(found)).toBe(whole.slice(0, whole.indexOf(stop)));
      expect(found.at(-1)!.finishReason).toBe("stop");
    }
  });

  test("is empty without a tokenizer, and the tokens are the same", async () => {
    const options = { ...tokenDefaults, maxTokens: 5, eosIds: [], stops: [], numDraftTokens: 3 };
    const found = await Array.fromAsync(generateText(model, undefined, PROMPT, options));
    expect(found.map(({ text }) => text)).toEqual(["", "", "", "", ""]);
    expect(found.map(({ token }) => token)).toEqual(await tokens({ maxTokens: 5 }));
  });
});

describe("the loop", () => {
  test("gives as many tokens as it may, whether it begins steps ahead or not", async () => {
    const five = await tokens({ maxTokens: 5 });
    expect(await tokens({ maxTokens: 1 })).toEqual(five.slice(0, 1));
    const endless: number[] = [];
    for await (const { token } of generateTokens(model, PROMPT, { ...tokenDefaults, maxTokens: -1 })) {
      if (endless.push(token) === 5) break;
    }
    expect(endless).toEqual(five);
  });

  test("leaves no array behind, also where it is left early or fails", async () => {
    await expectNoLeaksAsync(async () => {
      for await (const _ of generateTokens(model, PROMPT, {
        ...tokenDefaults,
        repetitionPenalty: 1.1,
        temperature: 1,
      })) {
        break;
      }
      await expect(tokens({ signal: AbortSignal.abort() })).rejects.toThrow("interrupted");
      for await (const _ of generateWithDraft(model, model, PROMPT, { ...tokenDefaults, numDraftTokens: 2 })) break;
    });
  });

  test("holds as much memory after 1,500 tokens as after 300, with a cache of limited size", async () => {
    // The next step is under way, and holds memory until it ends; MLX's thread frees some of it a little later than that.
    const least = async (isEnough: (bytes: number, polls: number) => boolean) => {
      let bytes = Number.POSITIVE_INFINITY;
      for (let polls = 0; polls < 4000 && !isEnough(bytes, polls); polls++) {
        mx.synchronize();
        bytes = Math.min(bytes, mx.activeMemory());
        await Bun.sleep(5);
      }
      return bytes;
    };
    const held: number[] = [];
    let count = 0;
    for await (const _ of generateTokens(model, PROMPT, { ...tokenDefaults, maxTokens: 1500, maxKvSize: 64 })) {
      if (++count % 300 !== 0 || count === 1500) continue;
      const before = held.at(-1);
      held.push(await least((bytes, polls) => (before === undefined ? polls === 20 : bytes <= before)));
      if (before !== undefined) expect(held.at(-1)).toBeLessThanOrEqual(before);
    }
    expect(held.length).toBe(4);
  });

  test("goes on from caches as if it had never stopped", async () => {
    const whole = await tokens({ maxTokens: 20 });
    for (const maxKvSize of [undefined, 10]) {
      const wanted = maxKvSize ? await tokens({ maxTokens: 20, maxKvSize }) : whole;
      const caches = model.makeCaches({ maxSize: maxKvSize });
      const first = await tokens({ maxTokens: 8, caches });
      expect(caches[0]!.offset).toBe(PROMPT.length + 7);
      const rest = await tokens({ maxTokens: 12, caches }, first.slice(-1));
      expect([...first, ...rest]).toEqual(wanted);
      for (const cache of caches) cache[Symbol.dispose]();
    }
  });

  test("tells how far the prompt is", async () => {
    const seen: string[] = [];
    await tokens({ maxTokens: 1, prefillStepSize: 2, onPrompt: (done, total) => seen.push(`${done}/${total}`) });
    expect(seen).toEqual(["0/6", "2/6", "4/6", "5/6"]);
  });

  test("with a draft model takes the tokens of the large model, whatever is guessed", async () => {
    using other = await openDecoder(await tinyModel("qwen2"));
    const plain = await tokens({ maxTokens: 40 });
    for (const [draft, numDraftTokens] of [
      [model, 1],
      [model, 5],
      [other, 4],
    ] as const) {
      const found = await Array.fromAsync(
        generateWithDraft(model, draft, PROMPT, { ...tokenDefaults, maxTokens: 40, numDraftTokens }),
      );
      expect(found.map(({ token }) => token)).toEqual(plain);
      if (draft === model) expect(found.filter(({ fromDraft }) => fromDraft).length).toBeGreaterThan(15);
    }
    const penalized = { maxTokens: 40, repetitionPenalty: 1.5, repetitionContextSize: 5 };
    const found = generateWithDraft(model, model, PROMPT, { ...tokenDefaults, ...penalized, numDraftTokens: 3 });
    expect((await Array.fromAsync(found)).map(({ token }) => token)).toEqual(await tokens(penalized));
  });
});

describe("what is wrong is said:", () => {
  test.each<[string, Partial<TokenOptions>, number[], RegExp]>([
    ["an empty prompt", {}, [], /no tokens/],
    ["an unknown token", {}, [1, 100_000], /token 2 is 100000, and the model has \d+ tokens/],
    ["a negative token", {}, [-1], /token 1 is -1/],
    ["no tokens to generate", { maxTokens: 0 }, PROMPT, /max-tokens is 0/],
    ["half a token", { maxTokens: 1.5 }, PROMPT, /max-tokens is 1.5/],
    ["a cache too small", { maxKvSize: 4 }, PROMPT, /max-kv-size is 4, less than 5/],
    ["a limited and quantized cache", { maxKvSize: 64, kvBits: 4 }, PROMPT, /limited and quantized/],
    [
      "heads that cannot be quantized",
      { kvBits: 4, quantizedKvStart: 0 },
      PROMPT,
      /keys of 16 numbers .* groups of 64/,
    ],
    ["a bad step", { prefillStepSize: 0 }, PROMPT, /prefill-step-size is 0/],
    ["a bad seed", { seed: -1 }, PROMPT, /seed is -1/],
    ["a seed that is not exact", { seed: 2 ** 64 }, PROMPT, /seed is 18446744073709552000/],
    ["bits that MLX lacks, however late they would count", { kvBits: 7 }, PROMPT, /quantized to 7 bits/],
    ["groups that MLX lacks", { kvBits: 4, kvGroupSize: 48 }, PROMPT, /quantized in groups of 48/],
  ])("%s", async (_, options, prompt, message) => {
    await expectNoLeaksAsync(async () => {
      await expect(tokens(options, prompt)).rejects.toThrow(message);
    });
  });

  test("logits that are no numbers", async () => {
    using broken = await openDecoder(model.dir);
    const norm = mx.full([64], Number.NaN);
    const before = broken.params;
    broken.params = replaceParams(before, [["model.norm.weight", norm]]);
    const steps = generateTokens(broken, PROMPT, { ...tokenDefaults, maxTokens: -1 });
    await expect(Array.fromAsync(steps)).rejects.toThrow(/output is not a number/);
    mx.disposeAll(before);
  });
});
