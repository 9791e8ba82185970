/** Goal: an exported file is what the `gguf` package, MLX and mlx-lm understand by a llama, number by number. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { flattenParams } from "../../../src/mlx/nn/index.ts";
import {
  exportFolderAsGguf,
  exportGguf,
  type GgufExportOptions,
  type GgufExportReport,
} from "../../../src/models/gguf/export.ts";
import { ggufName } from "../../../src/models/gguf/names.ts";
import { openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { type TinyArchitecture, type TinyOptions, tinyModel } from "../../support/tiny-models.ts";
import { floats, ggufReference, type ReadAnswer } from "./reference.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-gguf-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function exported(model: string, path: string, options?: GgufExportOptions): Promise<GgufExportReport> {
  using loaded = await openDecoder(model);
  return await exportGguf(loaded, path, options);
}

async function failure(architecture: TinyArchitecture, options: TinyOptions = {}): Promise<string> {
  return exported(await tinyModel(architecture, options), join(dir, "never.gguf")).then(
    () => "no failure",
    (error) => `${error.code}: ${error.message} | ${error.hint}`,
  );
}

describe("an exported llama", () => {
  test("has mlx-lm's tensors and metadata, and every token at its id", async () => {
    const model = await tinyModel("llama");
    const path = join(dir, "llama.gguf");
    const report = await exported(model, path, { dtype: "float32" });
    expect(report).toEqual({ path, tensors: 21, bytes: statSync(path).size, dtype: "float32", warnings: [] });
    const [ours, theirs, mlx] = await ggufReference<[ReadAnswer, ReadAnswer, Record<string, string>]>(
      { read: path },
      { mlx_lm: model, out: join(dir, "theirs.gguf") },
      { load: path },
    );
    expect(ours.tensors).toEqual(theirs.tensors);
    expect(mlx).toEqual(Object.fromEntries(Object.entries(theirs.tensors).map(([name, { values }]) => [name, values])));
    expect(ours.alignment).toBe(32);
    // Its file calls every tokenizer a SentencePiece one, and itself of float16.
    const differs =
      /^(tokenizer\.ggml\.(model|scores|tokens|token_type)|general\.(name|file_type|quantization_version|alignment)|GGUF\..*)$/;
    for (const [key, value] of Object.entries(theirs.metadata)) {
      if (!differs.test(key)) expect({ [key]: ours.metadata[key] }).toEqual({ [key]: value });
    }
    const tokenizer = JSON.parse(readFileSync(join(model, "tokenizer.json"), "utf8"));
    const tokens = ours.metadata["tokenizer.ggml.tokens"] as string[];
    const kinds = ours.metadata["tokenizer.ggml.token_type"] as number[];
    for (const [text, id] of Object.entries(tokenizer.model.vocab)) expect(tokens[id as number]).toBe(text);
    expect(kinds.slice(0, 6)).toEqual([3, 3, 3, 3, 3, 1]);
    expect(tokens.length).toBe(512);
    expect(ours.metadata["tokenizer.ggml.merges"]).toEqual(
      tokenizer.model.merges.map((pair: string[]) => pair.join(" ")),
    );
    expect(ours.metadata).toMatchObject({
      "general.architecture": "llama",
      "general.file_type": 0,
      "tokenizer.ggml.model": "gpt2",
      "tokenizer.ggml.pre": "gpt-2",
      "tokenizer.ggml.bos_token_id": 1,
      "tokenizer.ggml.eos_token_id": 2,
      "tokenizer.ggml.padding_token_id": 0,
      "tokenizer.ggml.add_bos_token": true,
      "tokenizer.ggml.add_eos_token": false,
      "llama.vocab_size": 512,
    });
    expect(ours.metadata["tokenizer.chat_template"]).toContain("<|im_start|>");
    expect(ours.kinds["tokenizer.ggml.tokens"]).toEqual(["ARRAY", "STRING"]);
  });

  test("holds float16 or bfloat16 matrices as MLX rounds them, and float32 vectors", async () => {
    const model = await tinyModel("mistral", {
      config: { attention_bias: true, head_dim: 32, tie_word_embeddings: true, vocab_size: 576 },
    });
    const [half, brain] = [join(dir, "half.gguf"), join(dir, "brain.gguf")];
    await exported(model, half);
    await exported(model, brain, { dtype: "bfloat16" });
    const answers = await ggufReference<[ReadAnswer, ReadAnswer]>({ read: half }, { read: brain });
    using loaded = await openDecoder(model);
    for (const [answer, dtype, type] of [
      [answers[0], "float16", "F16"],
      [answers[1], "bfloat16", "BF16"],
    ] as const) {
      expect(Object.keys(answer.tensors).sort()).toEqual(
        flattenParams(loaded.params)
          .map(([name]) => ggufName(name)!)
          .sort(),
      );
      expect(answer.metadata["general.file_type"]).toBe(type === "F16" ? 1 : 32);
      expect(answer.metadata["llama.attention.key_length"]).toBe(32);
      // Rows of the embedding that no token has.
      expect((answer.metadata["tokenizer.ggml.tokens"] as string[]).slice(-65)).toEqual([
        "Ġ197",
        ...Array.from({ length: 64 }, (_, i) => `[PAD${512 + i}]`),
      ]);
      expect((answer.metadata["tokenizer.ggml.token_type"] as number[]).slice(-65)).toEqual([
        1,
        ...new Array(64).fill(5),
      ]);
      const up = answer.tensors["blk.1.ffn_up.weight"]!;
      const weight = (
        loaded.params as never as { model: { layers: { "1": { mlp: { up_proj: { weight: mx.MlxArray } } } } } }
      ).model.layers[1].mlp.up_proj.weight;
      expect({ type: up.type, shape: up.shape }).toEqual({ type, shape: [128, 64] });
      expect(floats(up.values)).toEqual(mx.tidy(() => mx.astype(weight, dtype).toFloat32()));
      expect(answer.tensors["blk.0.attn_q.bias"]).toMatchObject({ type: "F32", shape: [128] });
      expect(answer.tensors["blk.0.attn_norm.weight"]!.type).toBe("F32");
    }
  });

  test("of quantized weights holds what they stand for", async () => {
    const model = await tinyModel("llama", { quantize: { q_bits: 4, q_group_size: 32 } });
    const path = join(dir, "quantized.gguf");
    await exported(model, path, { dtype: "float32" });
    const [read] = await ggufReference<[ReadAnswer]>({ read: path });
    using loaded = await openDecoder(model);
    const head = (
      loaded.params as never as { lm_head: { weight: mx.MlxArray; scales: mx.MlxArray; biases: mx.MlxArray } }
    ).lm_head;
    const plain = mx.tidy(() => mx.dequantize(head, { bits: 4, groupSize: 32 }).toFloat32());
    expect(floats(read.tensors["output.weight"]!.values)).toEqual(plain);
  });

  test("of Llama 3 has the factors of its rotation", async () => {
    const scaling = {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 256,
    };
    const path = join(dir, "llama3.gguf");
    await exported(await tinyModel("llama", { config: { rope_theta: 500_000, rope_scaling: scaling } }), path);
    const [read] = await ggufReference<[ReadAnswer]>({ read: path });
    // By hand: waves of 6.3, 32.4 are short; 167, 861 and longer are beyond 256 / 4 and 256.
    const factors = floats(read.tensors["rope_freqs.weight"]!.values);
    expect([...factors.slice(0, 2), ...factors.slice(3)]).toEqual([1, 1, 8, 8, 8, 8, 8]);
    const smooth = (256 / (2 * Math.PI * 500_000 ** (4 / 16)) - 1) / 3;
    expect(factors[2]).toBe(Math.fround(1 / ((1 - smooth) / 8 + smooth)));
    expect(read.metadata["llama.rope.freq_base"]).toBe(500_000);
  });
});

describe("an export", () => {
  test("leaves no arrays behind", async () => {
    using loaded = await openDecoder(await tinyModel("llama"));
    const source = loaded;
    await exportGguf(source, join(dir, "first.gguf"));
    await expectNoLeaksAsync(async () => {
      await exportGguf(source, join(dir, "second.gguf"));
    });
  });

  test("of a folder is the same file, takes the memory of one weight, and leaves no arrays behind", async () => {
    for (const quantize of [undefined, { q_bits: 4 }]) {
      const config = { num_hidden_layers: 40, attention_bias: true };
      const model = await tinyModel("llama", { config, ...(quantize && { quantize }) });
      const [loaded, lazy] = [join(dir, "loaded.gguf"), join(dir, "lazy.gguf")];
      await exported(model, loaded);
      await expectNoLeaksAsync(async () => {
        mx.clearCache();
        mx.resetPeakMemory();
        const before = mx.activeMemory();
        const { bytes } = await exportFolderAsGguf(model, lazy);
        expect(mx.peakMemory() - before).toBeLessThan(bytes / 4);
      });
      const rest = (path: string) => readFileSync(path).subarray(-2_000_000);
      expect(rest(lazy).equals(rest(loaded))).toBe(true);
    }
  });

  test("of what llama.cpp's llama is not is an error, and writes nothing", async () => {
    expect(await failure("qwen2")).toBe(
      'gguf-unsupported: models of type "qwen2" are not exported as GGUF | supported: llama, mistral',
    );
    expect(await failure("llama", { config: { rope_scaling: { type: "dynamic", factor: 3 } } })).toMatch(
      /^gguf-unsupported: rope type "dynamic"/,
    );
    expect(await Bun.file(join(dir, "never.gguf")).exists()).toBe(false);
  });

  test("of numbers beyond float16 is an error that names the tensor and the way out", async () => {
    using loaded = await openDecoder(await tinyModel("llama"));
    const params = { ...loaded.params } as Record<string, unknown>;
    using huge = mx.fromTypedArray(new Float32Array(512 * 64).fill(1e6), [512, 64]);
    params.lm_head = { weight: huge };
    const source = { ...loaded, params: params as typeof loaded.params };
    const work = exportGguf(source, join(dir, "never.gguf"));
    expect(await work.catch((error) => `${error.code}: ${error.message}`)).toBe(
      "gguf-overflow: lm_head.weight holds numbers beyond 65504, which float16 cannot hold",
    );
    expect(await Bun.file(join(dir, "never.gguf")).exists()).toBe(false);
  });

  test("says when the way of cutting text has no name in GGUF", async () => {
    const model = join(dir, "cut");
    cpSync(await tinyModel("llama"), model, { recursive: true });
    const file = join(model, "tokenizer.json");
    const tokenizer = JSON.parse(readFileSync(file, "utf8"));
    tokenizer.pre_tokenizer = { type: "Sequence", pretokenizers: [{ type: "Whitespace" }, tokenizer.pre_tokenizer] };
    writeFileSync(file, JSON.stringify(tokenizer));
    const { warnings } = await exported(model, join(dir, "cut.gguf"));
    expect(warnings).toEqual([expect.stringContaining("other programs may cut otherwise")]);
  });
});
