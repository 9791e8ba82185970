/** Goal: a converted folder is the one that mlx-lm writes, bit by bit, for every mode, size, recipe and architecture. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConvertRequest, convertModel, type WeightType } from "../../../src/models/convert/convert.ts";
import { type Mode, modeNames } from "../../../src/models/convert/modes.ts";
import type { QuantizeRequest } from "../../../src/models/convert/plan.ts";
import { type RecipeName, recipeNames } from "../../../src/models/convert/recipes.ts";
import { sameLibrary } from "../../support/mlx-lm-adapters.ts";
import { TINY_ARCHITECTURES, type TinyArchitecture, type TinyOptions, tinyModel } from "../../support/tiny-models.ts";
import { expectSameTensors } from "../../support/weight-files.ts";

interface Case {
  name: string;
  architecture: TinyArchitecture;
  options?: TinyOptions;
  dtype?: WeightType;
  quantize?: QuantizeRequest;
  dequantize?: boolean;
}

const sizes = [32, 64, 128].flatMap((groupSize) => [2, 3, 4, 5, 6, 8].map((bits) => ({ groupSize, bits })));
const floats: Mode[] = modeNames.filter((mode) => mode !== "affine");
/** Enough blocks for each part of a recipe's rule. */
const deep: TinyOptions = { config: { num_hidden_layers: 17 } };
const cases: Case[] = [
  { name: "as it is", architecture: "llama" },
  { name: "in the type of config.json", architecture: "llama", options: { config: { torch_dtype: "bfloat16" } } },
  { name: "from parts", architecture: "llama", options: { parts: 3 } },
  ...(["float16", "bfloat16", "float32"] as const).map(
    (dtype): Case => ({ name: `in ${dtype}`, architecture: "llama", dtype }),
  ),
  ...sizes.map(
    ({ groupSize, bits }, index): Case => ({
      name: `${bits} bits in groups of ${groupSize}`,
      architecture: "llama",
      dtype: (["float32", "bfloat16", "float16"] as const)[index % 3]!,
      quantize: { bits, groupSize },
    }),
  ),
  ...floats.flatMap((mode) =>
    (["float32", "bfloat16"] as const).map(
      (dtype): Case => ({ name: `${mode} of ${dtype}`, architecture: "llama", dtype, quantize: { mode } }),
    ),
  ),
  ...recipeNames.flatMap((recipe): Case[] => [
    { name: recipe, architecture: "llama", options: deep, quantize: { recipe } },
    { name: `${recipe} in groups of 32`, architecture: "qwen3", options: deep, quantize: { recipe, groupSize: 32 } },
  ]),
  ...TINY_ARCHITECTURES.map(
    (architecture): Case => ({ name: `${architecture} in 4 bits`, architecture, quantize: { groupSize: 32, bits: 4 } }),
  ),
  { name: "tied weights", architecture: "qwen3", options: { config: { tie_word_embeddings: true } }, quantize: {} },
  ...[{ q_bits: 4 }, { q_bits: 3, q_group_size: 32 }, ...floats.map((mode) => ({ q_mode: mode }))].map(
    (quantize): Case => ({
      name: `numbers again from ${JSON.stringify(quantize)}`,
      architecture: "llama",
      options: { quantize },
      dequantize: true,
    }),
  ),
  {
    name: "numbers again in bfloat16",
    architecture: "qwen2",
    options: { quantize: { q_bits: 8 } },
    dtype: "bfloat16",
    dequantize: true,
  },
  { name: "experts as numbers again", architecture: "mixtral", options: { quantize: { q_bits: 4 } }, dequantize: true },
  {
    name: "what was left the first time",
    architecture: "llama",
    options: { quantize: { q_bits: 4, q_group_size: 128 } },
    quantize: { bits: 8, groupSize: 64 },
  },
];

let folder: string;
let models: string[];
const ours = (index: number) => join(folder, `ours-${index}`);
const theirs = (index: number) => join(folder, `theirs-${index}`);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mdp-convert-"));
  models = [];
  for (const { architecture, options } of cases) models.push(await tinyModel(architecture, options));
  await sameLibrary(
    "test/parity/convert_reference.py",
    cases.map((one, index) => ({
      op: "convert",
      model: models[index],
      out: theirs(index),
      arguments: argumentsOf(one),
    })),
  );
  for (const [index] of cases.entries()) await convertModel(requestOf(index));
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const numbered = cases.map((one, index) => [one.name, index] as const);

describe("a converted model equals mlx-lm's", () => {
  test.each(numbered)("bit by bit: %s", (_, index) => {
    expectSameTensors(ours(index), theirs(index));
  });

  test.each(numbered)("in its configuration and index: %s", async (_, index) => {
    const config = await Bun.file(join(theirs(index), "config.json")).json();
    expect(await Bun.file(join(ours(index), "config.json")).json()).toEqual(withSizes(config));
    const name = "model.safetensors.index.json";
    expect(await Bun.file(join(ours(index), name)).json()).toEqual(await Bun.file(join(theirs(index), name)).json());
  });
});

function argumentsOf({ dtype, quantize, dequantize }: Case): Record<string, unknown> {
  return {
    dtype: dtype ?? null,
    dequantize: dequantize ?? false,
    quantize: quantize !== undefined,
    q_bits: quantize?.bits ?? null,
    q_group_size: quantize?.groupSize ?? null,
    q_mode: quantize?.mode ?? "affine",
    quant_predicate: (quantize?.recipe satisfies RecipeName | undefined) ?? null,
  };
}

function requestOf(index: number): ConvertRequest {
  const { dtype, quantize, dequantize } = cases[index]!;
  return { dir: models[index]!, name: models[index]!, out: ours(index), dtype, quantize, dequantize };
}

/** What mlx-lm leaves out or writes as null, it takes from the mode when it loads the model. */
function withSizes(config: Record<string, Record<string, unknown>>): unknown {
  for (const key of ["quantization", "quantization_config"]) {
    for (const entry of Object.values(config[key] ?? {})) {
      if (typeof entry !== "object" || entry === null) continue;
      const sizes = entry as Record<string, unknown>;
      sizes.group_size ??= 64;
      sizes.mode ??= "affine";
    }
  }
  return config;
}
