/** Goal: a fused folder is the one that mlx-lm writes, and what quantizing again loses is said, not hidden. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { useAdapter } from "../../../src/models/adapters/apply.ts";
import { fuseModel } from "../../../src/models/fuse/fuse.ts";
import { openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { mlxLmAdapters, sameLibrary } from "../../support/mlx-lm-adapters.ts";
import { type TinyArchitecture, type TinyOptions, tinyModel } from "../../support/tiny-models.ts";
import { expectSameTensors } from "../../support/weight-files.ts";

interface Case {
  name: string;
  architecture: TinyArchitecture;
  options?: TinyOptions;
  method?: "lora" | "dora" | "full";
  /** Of the low-rank product. */
  scale?: number;
}
const packed = (quantize: NonNullable<TinyOptions["quantize"]>): TinyOptions => ({ quantize });
const cases: Case[] = [
  { name: "LoRA", architecture: "llama" },
  { name: "DoRA", architecture: "qwen2", method: "dora" },
  { name: "all weights", architecture: "llama", method: "full" },
  { name: "LoRA beside 4 bits", architecture: "llama", options: packed({ q_bits: 4 }) },
  { name: "a faint LoRA beside 4 bits", architecture: "llama", options: packed({ q_bits: 4 }), scale: 0.01 },
  {
    name: "DoRA beside 4 bits",
    architecture: "qwen3",
    options: packed({ q_bits: 4, q_group_size: 32 }),
    method: "dora",
  },
  { name: "LoRA beside mxfp8", architecture: "gemma3_text", options: packed({ q_mode: "mxfp8" }) },
  { name: "LoRA of experts", architecture: "qwen3_moe", options: packed({ q_bits: 8 }) },
];
const numbered = cases.map((one, index) => [one.name, index] as const);
const kinds = [false, true];

let folder: string;
let models: string[];
const adapter = (index: number) => join(folder, `adapter-${index}`);
const place = (whose: string, index: number, dequantize: boolean) => join(folder, `${whose}-${index}-${dequantize}`);
const fuse = (index: number, dequantize: boolean, out = place("ours", index, dequantize)) =>
  fuseModel({ dir: models[index]!, name: models[index]!, adapter: adapter(index), out, dequantize });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mdp-fuse-"));
  models = [];
  for (const { architecture, options } of cases) models.push(await tinyModel(architecture, options));
  await mlxLmAdapters(
    cases.map(({ method = "lora", scale = 2 }, index) => ({
      op: "train",
      model: models[index],
      seed: index,
      spec: { fine_tune_type: method, num_layers: 1, lora_parameters: { rank: 4, scale, dropout: 0 } },
      out: adapter(index),
    })),
  );
  await sameLibrary(
    "test/parity/convert_reference.py",
    cases.flatMap((_, index) =>
      kinds.map((dequantize) => ({
        op: "fuse",
        model: models[index],
        adapter: adapter(index),
        out: place("theirs", index, dequantize),
        dequantize,
      })),
    ),
  );
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a fused folder", () => {
  test.each(numbered)("has mlx-lm's tensors and configuration: %s", async (_, index) => {
    for (const dequantize of kinds) {
      await fuse(index, dequantize);
      const [ours, theirs] = [place("ours", index, dequantize), place("theirs", index, dequantize)];
      expectSameTensors(ours, theirs);
      for (const name of ["config.json", "model.safetensors.index.json"]) {
        expect(await Bun.file(join(ours, name)).json()).toEqual(await Bun.file(join(theirs, name)).json());
      }
    }
  });

  test("gives the logits of the model with its adapter", async () => {
    const out = join(folder, "logits");
    await fuse(0, false, out);
    using fused = await openDecoder(out);
    using base = await openDecoder(models[0]!);
    await useAdapter(base, adapter(0));
    const logits = (model: typeof base) =>
      mx.tidy(() => model.logits({ ids: mx.array([[5, 17, 80]], "int32") }).toFloat32());
    const expected = logits(base);
    for (const [i, value] of logits(fused).entries()) expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-5);
  });

  test("leaves nothing in memory, also when the adapter does not fit", async () => {
    await expectNoLeaksAsync(async () => {
      await fuse(3, false, join(folder, "memory"));
      const wrong = fuseModel({
        dir: models[7]!,
        name: "x",
        adapter: adapter(0),
        out: join(folder, "wrong"),
      });
      await expect(wrong).rejects.toMatchObject({ code: "adapter-mismatch" });
    });
  });
});

describe("what quantizing again loses", () => {
  test("is nothing where nothing is quantized, or where it is not quantized again", async () => {
    expect((await fuse(0, false, join(folder, "plain"))).loss).toBeNull();
    expect((await fuse(3, true, join(folder, "unpacked"))).loss).toBeNull();
    expect((await fuse(2, false, join(folder, "full"))).loss).toBeNull();
  });

  test("is told before the folder is written, and is as computed from the folders", async () => {
    const told: unknown[] = [];
    const out = join(folder, "told");
    const options = { dir: models[3]!, name: "x", adapter: adapter(3), out };
    const { loss } = await fuseModel({ ...options, onLoss: (one) => told.push(one) });
    expect(told).toEqual([loss]);
    await fuse(3, true, join(folder, "exact"));
    using base = await openDecoder(models[3]!);
    using exact = await openDecoder(join(folder, "exact"));
    using again = await openDecoder(out);
    const sizes = { groupSize: 64, bits: 4 };
    let [change, error] = [0, 0];
    for (const name of ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]) {
      const part = name[1] === "_" ? "self_attn" : "mlp";
      const layer = (model: typeof base) =>
        (model.params as never as Record<string, Record<string, Record<string, never>[]>>).model!.layers![1]![part]![
          name
        ];
      const numbers = (model: typeof base, packed: boolean) =>
        mx.tidy(() => {
          const own = layer(model) as { weight: mx.MlxArray; scales: mx.MlxArray; biases: mx.MlxArray };
          return (packed ? mx.dequantize(own, sizes) : own.weight).toFloat32();
        });
      const [before, whole, packed] = [numbers(base, true), numbers(exact, false), numbers(again, true)];
      for (const [i, value] of whole.entries()) {
        change += (value - before[i]!) ** 2;
        error += (packed[i]! - value) ** 2;
      }
    }
    expect(loss!.layers).toBe(7);
    expect(loss!.error).toBeCloseTo(Math.sqrt(error / change), 4);
  });

  test("is more for a fainter adapter: its error is larger than the change itself", async () => {
    const strong = (await fuse(3, false, join(folder, "strong"))).loss!;
    const faint = (await fuse(4, false, join(folder, "faint"))).loss!;
    expect(strong.error).toBeLessThan(1);
    expect(strong.kept).toBeGreaterThan(0.8);
    expect(faint.error).toBeGreaterThan(0.5);
    expect(faint.error).toBeGreaterThan(5 * strong.error);
  });
});
