/** Goal: a prompt gets the same continuation among others as alone. */
import { describe, expect, test } from "bun:test";
import { batchDefaults, generateBatch } from "../../../src/models/generate/batch.ts";
import { tokenDefaults } from "../../../src/models/generate/options.ts";
import { generateTokens } from "../../../src/models/generate/tokens.ts";
import { type LoadedDecoder, openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { TINY_ARCHITECTURES, tinyModel } from "../../support/tiny-models.ts";

const PROMPTS = [23, 4, 41, 1].map((length, row) =>
  Array.from({ length }, (_, i) => (i === 0 ? 1 : 5 + ((i * 37 + row * 101) % 300))),
);
const COUNT = 24;

async function alone(model: LoadedDecoder, prompt: readonly number[]): Promise<number[]> {
  const found = await Array.fromAsync(generateTokens(model, prompt, { ...tokenDefaults, maxTokens: COUNT }));
  return found.map(({ token }) => token);
}

describe("each text of a batch is as it would be alone", () => {
  test.each(TINY_ARCHITECTURES)("%s", async (architecture) => {
    using model = await openDecoder(await tinyModel(architecture));
    const wanted: number[][] = [];
    for (const prompt of PROMPTS) wanted.push(await alone(model, prompt));
    await expectNoLeaksAsync(async () => {
      const options = { ...batchDefaults, maxTokens: COUNT, prefillStepSize: 16 };
      const found = await generateBatch(model, PROMPTS, options);
      expect(found.map(({ tokens }) => tokens)).toEqual(wanted);
      expect(found.every(({ finishReason }) => finishReason === "length")).toBe(true);
    });
  });

  test("after others have ended", async () => {
    using model = await openDecoder(await tinyModel("llama"));
    const whole = await generateBatch(model, PROMPTS, { ...batchDefaults, maxTokens: COUNT });
    // Ends the longest prompt first, so that padding goes too.
    const eosIds = [whole[2]!.tokens[3]!, whole[0]!.tokens[9]!];
    const ends = whole.map(({ tokens }) => tokens.findIndex((token) => eosIds.includes(token)));
    expect(new Set(ends).size).toBeGreaterThan(2);
    await expectNoLeaksAsync(async () => {
      const found = await generateBatch(model, PROMPTS, { ...batchDefaults, maxTokens: COUNT, eosIds });
      expect(found).toEqual(
        whole.map(({ tokens }, row) =>
          ends[row]! < 0
            ? { tokens, finishReason: "length" as const }
            : { tokens: tokens.slice(0, ends[row]), finishReason: "stop" as const },
        ),
      );
    });
  });

  test("of no prompts there is none, and a bad one is named", async () => {
    using model = await openDecoder(await tinyModel("llama"));
    expect(await generateBatch(model, [], batchDefaults)).toEqual([]);
    await expect(generateBatch(model, [[1], []], batchDefaults)).rejects.toThrow(/no tokens/);
  });
});
