/** Goal: a seed gives the tokens that mlx_lm.generate gives for it, which sets the seed before it loads the model. */
import { beforeAll, expect, test } from "bun:test";
import { KeySequence } from "../../../src/mlx/nn/key-sequence.ts";
import { skipLoading } from "../../../src/models/generate/loading-keys.ts";
import { tokenDefaults } from "../../../src/models/generate/options.ts";
import { generateTokens } from "../../../src/models/generate/tokens.ts";
import { openDecoder } from "../../../src/models/load-decoder.ts";
import { sameLibrary } from "../../support/mlx-lm-adapters.ts";
import { TINY_ARCHITECTURES, type TinyArchitecture, type TinyOptions, tinyModel } from "../../support/tiny-models.ts";

const models: [TinyArchitecture, TinyOptions][] = [
  ...TINY_ARCHITECTURES.map((name): [TinyArchitecture, TinyOptions] => [name, {}]),
  ["llama", { quantize: { q_bits: 4 } }],
  ["llama", { config: { attention_bias: true, mlp_bias: true } }],
  ["qwen3", { config: { tie_word_embeddings: true } }],
];
const request = { fresh: true, seed: 7, prompt: [1, 10, 50], max_tokens: 12, sampler: { temp: 1 } };
let theirs: { tokens: number[] }[];
beforeAll(async () => {
  const folders: string[] = [];
  for (const [name, options] of models) folders.push(await tinyModel(name, options));
  theirs = await sameLibrary(
    "test/parity/generate_reference.py",
    folders.map((model) => ({ ...request, model })),
  );
}, 300_000);

test.each(models.map(([name, options], i) => [name, options, i] as const))("%s %j", async (name, options, i) => {
  using model = await openDecoder(await tinyModel(name, options));
  using keys = new KeySequence(request.seed);
  skipLoading(keys, [model]);
  const given = { ...tokenDefaults, temperature: 1, maxTokens: request.max_tokens, keys };
  const found = await Array.fromAsync(generateTokens(model, request.prompt, given));
  expect(found.map(({ token }) => token)).toEqual(theirs[i]!.tokens);
});
