/** Goal: the tokens are those that mlx-lm generates, with every kind of cache and every way to choose. */
import { beforeAll, describe, expect, test } from "bun:test";
import { type TokenOptions, tokenDefaults } from "../../../src/models/generate/options.ts";
import { generateWithDraft } from "../../../src/models/generate/speculative.ts";
import { generateTokens } from "../../../src/models/generate/tokens.ts";
import { type LoadedDecoder, openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { type Answer, mlxLmTokens, type TokensRequest } from "../../support/mlx-lm-tokens.ts";
import { TINY_ARCHITECTURES, type TinyArchitecture, type TinyOptions, tinyModel } from "../../support/tiny-models.ts";

const COUNT = 64;
const HOOK_MS = 60_000;
const PROMPT = Array.from({ length: 40 }, (_, i) => (i === 0 ? 1 : 5 + ((i * 37) % 300)));
/** Heads that can be quantized in groups of 32. */
const WIDE: TinyOptions = { config: { head_dim: 32 } };

interface Case {
  about: string;
  architecture?: TinyArchitecture;
  tiny?: TinyOptions;
  theirs?: Omit<TokensRequest, "model" | "prompt" | "max_tokens" | "draft">;
  ours?: Partial<TokenOptions>;
  draft?: TinyArchitecture;
}

const quantized = (bits: number, start: number): Pick<Case, "tiny" | "theirs" | "ours"> => ({
  tiny: WIDE,
  theirs: { step: { kv_bits: bits, kv_group_size: 32, quantized_kv_start: start } },
  ours: { kvBits: bits, kvGroupSize: 32, quantizedKvStart: start },
});
const cases: Case[] = [
  ...TINY_ARCHITECTURES.map((architecture) => ({ about: `greedily with ${architecture}`, architecture })),
  { about: "with a prompt in pieces", theirs: { step: { prefill_step_size: 7 } }, ours: { prefillStepSize: 7 } },
  { about: "with a cache of 16 tokens", theirs: { rotating: 16 }, ours: { maxKvSize: 16 } },
  {
    about: "with a cache of 16 tokens and a prompt in pieces",
    theirs: { rotating: 16, step: { prefill_step_size: 9 } },
    ours: { maxKvSize: 16, prefillStepSize: 9 },
  },
  { about: "with a cache that fills while it generates", theirs: { rotating: 50 }, ours: { maxKvSize: 50 } },
  { about: "with a cache of 8 bits", ...quantized(8, 0) },
  { about: "with a cache of 4 bits", ...quantized(4, 0) },
  { about: "with a cache of 4 bits from token 60 on", ...quantized(4, 60) },
  { about: "at temperature 0.8", theirs: { seed: 7, sampler: { temp: 0.8 } }, ours: { seed: 7, temperature: 0.8 } },
  {
    about: "with all filters",
    theirs: { seed: 3, sampler: { temp: 0.9, top_p: 0.9, min_p: 0.02, top_k: 60, min_tokens_to_keep: 3 } },
    ours: { seed: 3, temperature: 0.9, topP: 0.9, minP: 0.02, topK: 60, minTokensToKeep: 3 },
  },
  {
    about: "with XTC",
    theirs: {
      seed: 5,
      sampler: { temp: 1, xtc_probability: 0.5, xtc_threshold: 0.002, xtc_special_tokens: [2, 300] },
    },
    ours: { seed: 5, temperature: 1, xtcProbability: 0.5, xtcThreshold: 0.002, spared: [2, 300] },
  },
  {
    about: "with penalties and a bias",
    theirs: {
      processors: {
        logit_bias: { 17: 0.4, 300: -1.5 },
        repetition_penalty: 1.3,
        repetition_context_size: 12,
        presence_penalty: 0.1,
        frequency_penalty: 0.05,
        frequency_context_size: 30,
      },
    },
    ours: {
      logitBias: new Map([
        [17, 0.4],
        [300, -1.5],
      ]),
      repetitionPenalty: 1.3,
      repetitionContextSize: 12,
      presencePenalty: 0.1,
      frequencyPenalty: 0.05,
      frequencyContextSize: 30,
    },
  },
  { about: "with a draft model that is the same", theirs: { step: { num_draft_tokens: 3 } }, draft: "llama" },
  { about: "with a draft model that is another", theirs: { step: { num_draft_tokens: 4 } }, draft: "qwen2" },
];

const found = new Map<string, Answer>();
const folders = new Map<string, string>();

beforeAll(async () => {
  for (const { about, architecture = "llama", tiny = {} } of cases)
    folders.set(about, await tinyModel(architecture, tiny));
  const requests = await Promise.all(
    cases.map(async ({ about, theirs, draft }): Promise<TokensRequest> => {
      const request = { model: folders.get(about)!, prompt: PROMPT, max_tokens: COUNT, ...theirs };
      return draft ? { ...request, draft: await tinyModel(draft) } : request;
    }),
  );
  const answers = await mlxLmTokens(requests);
  for (const [i, { about }] of cases.entries()) found.set(about, answers[i]!);
}, HOOK_MS);

async function tokensOf(
  model: LoadedDecoder,
  options: Partial<TokenOptions>,
  draft?: LoadedDecoder,
): Promise<number[]> {
  const all = { ...tokenDefaults, maxTokens: COUNT, ...options };
  const steps = draft
    ? generateWithDraft(model, draft, PROMPT, { ...all, numDraftTokens: 3 })
    : generateTokens(model, PROMPT, all);
  const tokens: number[] = [];
  for await (const { token } of steps) tokens.push(token);
  return tokens;
}

describe("mlx-lm's 64 tokens", () => {
  test.each(cases.map((each) => [each.about, each] as const))("%s", async (about, { ours = {}, draft }) => {
    using model = await openDecoder(folders.get(about)!);
    const { tokens } = found.get(about)!;
    expect(tokens.length).toBe(COUNT);
    await expectNoLeaksAsync(async () => {
      if (draft) {
        using guessing = await openDecoder(await tinyModel(draft));
        expect(await tokensOf(model, ours, guessing)).toEqual(tokens);
      } else {
        expect(await tokensOf(model, ours)).toEqual(tokens);
      }
    });
  });
});

test("the limited and the quantized caches change the tokens of the plain one", () => {
  const plain = found.get("greedily with llama")!.tokens;
  expect(found.get("with a cache of 16 tokens")!.tokens).not.toEqual(plain);
  expect(found.get("with a cache of 4 bits")!.tokens).not.toEqual(found.get("with a cache of 8 bits")!.tokens);
});
