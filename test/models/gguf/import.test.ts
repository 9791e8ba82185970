/** Goal: an imported file is the model that it was made of: its numbers, its answers, its tokens. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { exportGguf } from "../../../src/models/gguf/export.ts";
import { importGguf } from "../../../src/models/gguf/import.ts";
import { shortest } from "../../../src/models/gguf/import-config.ts";
import { huggingName } from "../../../src/models/gguf/names.ts";
import { openDecoder } from "../../../src/models/load-decoder.ts";
import { openTokenizer } from "../../../src/tokenizers/open.ts";
import { type TinyOptions, tinyModel } from "../../support/tiny-models.ts";
import { type Floats, floats, ggufReference } from "./reference.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-gguf-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const ids = [[1, 10, 50, 99, 200, 7, 3, 511]];

async function logits(model: string): Promise<Float32Array> {
  using loaded = await openDecoder(model);
  return mx.tidy(() => loaded.logits({ ids: mx.array(ids, "int32") }).toFloat32());
}

async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no failure",
    (error) => `${error.code}: ${error.message} | ${error.hint}`,
  );
}

const shapes: Record<string, number[]> = {
  "token_embd.weight": [64, 256],
  "output_norm.weight": [256],
  "output.weight": [64, 256],
  "blk.0.attn_norm.weight": [256],
  "blk.0.ffn_norm.weight": [256],
  "blk.0.attn_q.weight": [256, 256],
  "blk.0.attn_k.weight": [128, 256],
  "blk.0.attn_v.weight": [128, 256],
  "blk.0.attn_output.weight": [256, 256],
  "blk.0.ffn_gate.weight": [512, 256],
  "blk.0.ffn_up.weight": [512, 256],
  "blk.0.ffn_down.weight": [256, 512],
};

const tokens = [..."<s> </s> <unk>".split(" "), ..."abcdefghijklmnopqrstuvwxyz".split(""), "Ġ", "ab", "abc", "Ġab"];

const metadata = {
  "llama.context_length": ["uint32", 128],
  "llama.embedding_length": ["uint32", 256],
  "llama.block_count": ["uint32", 1],
  "llama.feed_forward_length": ["uint32", 512],
  "llama.attention.head_count": ["uint32", 4],
  "llama.attention.head_count_kv": ["uint32", 2],
  "llama.attention.layer_norm_rms_epsilon": ["float32", 1e-5],
  "tokenizer.ggml.model": ["string", "gpt2"],
  "tokenizer.ggml.pre": ["string", "gpt-2"],
  "tokenizer.ggml.tokens": ["array", tokens],
  "tokenizer.ggml.merges": ["array", ["a b", "ab c", "Ġ ab"]],
} as const;

/** A llama of one layer; matrices of `type`, vectors F32. */
const llama = (
  path: string,
  type: string,
  more: Record<string, readonly [string, unknown]> = {},
  types: Record<string, string> = {},
) => ({
  write: path,
  metadata: { ...metadata, ...more },
  tensors: Object.fromEntries(
    Object.entries(shapes).map(([name, shape], seed) => [
      name,
      [types[name] ?? (shape.length > 1 ? type : "F32"), shape, seed],
    ]),
  ),
});

/** Rows of the rotated heads back in Hugging Face's order, by MLX. */
function unpaired(values: Floats, [rows, width]: number[], heads: number): Floats {
  return mx.tidy(() => {
    const paired = mx.reshape(mx.fromTypedArray(values), [heads, rows! / heads / 2, 2, width!]);
    return mx.transpose(paired, [0, 2, 1, 3]).toFloat32();
  });
}

describe("what was exported", () => {
  test.each<[string, "llama" | "mistral", TinyOptions]>([
    ["plain", "llama", {}],
    [
      "biased, tied, with its own head size",
      "mistral",
      { config: { attention_bias: true, mlp_bias: true, head_dim: 32, tie_word_embeddings: true } },
    ],
    [
      "stretched as Llama 3",
      "llama",
      {
        config: {
          rope_theta: 500_000,
          rope_scaling: {
            rope_type: "llama3",
            factor: 8,
            low_freq_factor: 1,
            high_freq_factor: 4,
            original_max_position_embeddings: 256,
          },
        },
      },
    ],
    ["stretched evenly", "llama", { config: { rope_scaling: { type: "linear", factor: 2.5 } } }],
    [
      "stretched by YaRN",
      "llama",
      { config: { rope_scaling: { type: "yarn", factor: 4, original_max_position_embeddings: 128 } } },
    ],
    ["of bfloat16", "llama", { dtype: "bfloat16" }],
  ])("comes back with the same logits: a model that is %s", async (name, architecture, options) => {
    const model = await tinyModel(architecture, options);
    const path = join(dir, `${name}.gguf`);
    const out = join(dir, name);
    using loaded = await openDecoder(model);
    const dtype = options.dtype === "bfloat16" ? "bfloat16" : "float32";
    await exportGguf(loaded, path, { dtype });
    expect(await importGguf(path, out)).toMatchObject({ dir: out, dtype, bits: null });
    expect(await logits(out)).toEqual(await logits(model));
    const [before, after] = [await openTokenizer(model), await openTokenizer(out)];
    for (const text of ["the quick brown fox 17", "Grüße, 世界\n\n it's <s>", ""]) {
      expect([...after.encode(text).ids]).toEqual([...before.encode(text).ids]);
    }
    if (name === "plain") {
      const texts = ["the quick brown fox 17", "Grüße, 世界\n\n it's <s>", ""];
      const [theirs] = await ggufReference<[number[][]]>({ encode: out, texts });
      expect(texts.map((text) => [...after.encode(text).ids])).toEqual(theirs);
    }
    const config = (folder: string) => JSON.parse(readFileSync(join(folder, "tokenizer_config.json"), "utf8"));
    expect(config(out)).toMatchObject({
      bos_token: "<s>",
      eos_token: "</s>",
      chat_template: config(model).chat_template,
    });
    expect(readdirSync(out).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "model.safetensors.index.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
  });
});

describe("a file of the gguf package", () => {
  const types = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"];

  test("is dequantized to the package's numbers, rounded to the type", async () => {
    const requests = types.map((type) => llama(join(dir, `${type}.gguf`), type));
    const answers = await ggufReference<Record<string, string>[]>(...requests);
    for (const [i, type] of types.entries()) {
      const out = join(dir, `from-${type}`);
      const dtype = type === "F32" ? "float32" : type === "BF16" ? "bfloat16" : "float16";
      expect(await importGguf(join(dir, `${type}.gguf`), out)).toMatchObject({ tensors: 12, dtype });
      using loaded = await openDecoder(out);
      expect(loaded.config).toMatchObject({ rms_norm_eps: 1e-5, vocab_size: 64, head_dim: 64, rope_theta: 10_000 });
      mx.tidy(() => {
        const { tensors } = mx.loadSafetensors(join(out, "model.safetensors"));
        for (const [name, shape] of Object.entries(shapes)) {
          const heads = name.includes("attn_q") ? 4 : name.includes("attn_k") ? 2 : undefined;
          const values = floats(answers[i]![name]!);
          const wanted = heads === undefined ? values : unpaired(values, shape, heads);
          const found = tensors.get(huggingName(name)!)!;
          expect({ name, dtype: found.dtype }).toEqual({ name, dtype });
          expect(found.toFloat32()).toEqual(mx.astype(mx.fromTypedArray(wanted), dtype).toFloat32());
        }
      });
    }
  });

  test("is left half way when the signal says so, and nothing stays", async () => {
    const path = join(dir, "stopped.gguf");
    await ggufReference(llama(path, "Q8_0"));
    const work = importGguf(path, join(dir, "stopped"), { signal: AbortSignal.abort() });
    expect(await failure(work)).toBe("interrupted: interrupted | nothing was written");
    expect(readdirSync(dir).filter((name) => name.startsWith("stopped"))).toEqual(["stopped.gguf"]);
  });

  test("may stay quantized: the packed numbers stand for exactly what the package says", async () => {
    const mixed = { "output.weight": "Q8_0", "blk.0.attn_v.weight": "Q4_1", "blk.0.ffn_down.weight": "F16" };
    const path = join(dir, "mixed.gguf");
    const [written] = await ggufReference<[Record<string, string>]>(llama(path, "Q4_0", {}, mixed));
    const out = join(dir, "kept");
    expect(await importGguf(path, out, { keepQuantized: true })).toMatchObject({ bits: 4 });
    using loaded = await openDecoder(out);
    expect(loaded.config.quantization).toEqual({
      group_size: 32,
      bits: 4,
      mode: "affine",
      lm_head: { group_size: 32, bits: 8, mode: "affine" },
    });
    mx.tidy(() => {
      const { tensors } = mx.loadSafetensors(join(out, "model.safetensors"));
      expect(tensors.has("model.layers.0.mlp.down_proj.scales")).toBe(false);
      for (const [name, bits] of Object.entries({
        "output.weight": 8,
        "token_embd.weight": 4,
        "blk.0.attn_v.weight": 4,
        "blk.0.attn_k.weight": 4,
      })) {
        const layer = huggingName(name)!.replace(/\.weight$/, "");
        const part = (which: string) => tensors.get(`${layer}.${which}`)!;
        // In float32, where the product and the sum are exact.
        const exact = {
          weight: part("weight"),
          scales: mx.astype(part("scales"), "float32"),
          biases: mx.astype(part("biases"), "float32"),
        };
        const values = mx.dequantize(exact, { bits, groupSize: 32 }).toFloat32();
        const wanted = floats(written[name]!);
        expect(values).toEqual(name.includes("attn_k") ? unpaired(wanted, shapes[name]!, 2) : wanted);
      }
    });
    expect((await logits2(out)).every(Number.isFinite)).toBe(true);
  });

  test("with a SentencePiece tokenizer gives the pieces of the best scores", async () => {
    const pieces = [
      "<unk>",
      "<s>",
      "</s>",
      "<0x0A>",
      "<0xC3>",
      "<0xBC>",
      "▁",
      "a",
      "b",
      "c",
      "ab",
      "bc",
      "▁a",
      "▁abc",
      "abc",
      "<extra>",
    ];
    const scores = [0, 0, 0, 0, 0, 0, -9, -10, -11, -12, -2, -1, -3, -5, -4, 0];
    const kinds = [2, 3, 3, 6, 6, 6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4];
    const path = join(dir, "spm.gguf");
    const more = {
      "tokenizer.ggml.model": ["string", "llama"],
      "tokenizer.ggml.tokens": ["array", pieces],
      "tokenizer.ggml.scores": ["array", scores.map((score) => score + 0.0)],
      "tokenizer.ggml.token_type": ["array", kinds],
      "tokenizer.ggml.bos_token_id": ["uint32", 1],
    } as const;
    await ggufReference(llama(path, "F16", more as never));
    await importGguf(path, join(dir, "spm"));
    const tokenizer = await openTokenizer(join(dir, "spm"));
    const encode = (text: string) => [...tokenizer.encode(text).ids].map((id) => pieces[id]);
    // "bc" has the best score, so "ab" finds no partner in "abc".
    expect(encode("abc")).toEqual(["<s>", "▁abc"]);
    expect(encode("babc")).toEqual(["<s>", "▁", "b", "abc"]);
    expect(encode("ab<extra>ü\n")).toEqual(["<s>", "▁", "ab", "<extra>", "▁", "<0xC3>", "<0xBC>", "<0x0A>"]);
    expect(tokenizer.decode(tokenizer.encode("abc ab").ids)).toContain("abc ab");
    const texts = ["abc", "babc cab", "ab<extra>ü\n", "", "  a  "];
    const [theirs] = await ggufReference<[number[][]]>({ encode: join(dir, "spm"), texts });
    expect(texts.map((text) => [...tokenizer.encode(text).ids])).toEqual(theirs);
  });
});

async function logits2(model: string): Promise<Float32Array> {
  using loaded = await openDecoder(model);
  return mx.tidy(() => loaded.logits({ ids: mx.array([[1, 2, 3]], "int32") }).toFloat32());
}

describe("an import", () => {
  test("of what is not supported says so, and leaves nothing", async () => {
    const path = (name: string) => join(dir, `bad-${name}.gguf`);
    const cases: Record<string, [object, RegExp]> = {
      architecture: [
        { ...llama(path("architecture"), "F16"), arch: "qwen2" },
        /^gguf-unsupported: the architecture "qwen2"/,
      ],
      experts: [llama(path("experts"), "F16", { "llama.expert_count": ["uint32", 8] }), /^gguf-unsupported: .*experts/],
      pre: [
        llama(path("pre"), "F16", { "tokenizer.ggml.pre": ["string", "tekken"] }),
        /^gguf-unsupported: the pre-tokenizer "tekken"/,
      ],
      tokenizer: [
        llama(path("tokenizer"), "F16", { "tokenizer.ggml.model": ["string", "bert"] }),
        /^gguf-unsupported: the tokenizer "bert"/,
      ],
      width: [
        llama(path("width"), "F16", { "llama.embedding_length": ["uint32", 128] }),
        /^gguf-invalid: .*has shape \[64,256\], the metadata asks for \[64,128\]/,
      ],
      layers: [
        llama(path("layers"), "F16", { "llama.block_count": ["uint32", 2] }),
        /^gguf-invalid: .*lacks the tensor for model\.layers\.1/,
      ],
      many: [
        llama(path("many"), "F16", { "llama.block_count": ["uint32", 4_000_000_000] }),
        /^model-unsupported: .*num_hidden_layers/,
      ],
      none: [llama(path("none"), "F16", { "llama.attention.head_count": ["uint32", 0] }), /^model-unsupported: /],
      kind: [
        llama(path("kind"), "F16", { "llama.block_count": ["string", "1"] }),
        /^gguf-invalid: .*llama\.block_count is not a number/,
      ],
      merges: [
        llama(path("merges"), "F16", { "tokenizer.ggml.merges": ["array", ["a zz"]] }),
        /^gguf-invalid: .*merge 0, "a zz"/,
      ],
      kinds: [
        llama(path("kinds"), "F16", { "tokenizer.ggml.token_type": ["array", [1, 1]] }),
        /^gguf-invalid: .*tokens have 2 kinds/,
      ],
      bos: [
        llama(path("bos"), "F16", { "tokenizer.ggml.bos_token_id": ["uint32", 5000] }),
        /^gguf-invalid: .*bos token 5000/,
      ],
      type: [
        llama(path("type"), "F16", {}, { "output.weight": "TQ2_0" }),
        /^gguf-unsupported: the tensor output\.weight has the type TQ2_0, which is not supported \| take a file whose tensors are F32, .*, Q6_K$/,
      ],
    };
    await ggufReference(...Object.values(cases).map(([request]) => request));
    for (const [name, [, said]] of Object.entries(cases)) {
      expect(await failure(importGguf(path(name), join(dir, "nothing")))).toMatch(said);
    }
    expect(readdirSync(dir).filter((name) => name.startsWith("nothing"))).toEqual([]);
  });

  test("never replaces a folder", async () => {
    const path = join(dir, "plain.gguf");
    await ggufReference(llama(path, "F16"));
    const out = join(dir, "taken");
    await importGguf(path, out);
    writeFileSync(join(out, "mine"), "x");
    expect(await failure(importGguf(path, out))).toMatch(/^exists: the output folder is there already/);
    expect(existsSync(join(out, "mine"))).toBe(true);
  });

  test("writes the decimals that people wrote", () => {
    expect([1e-5, 1e-6, 500_000, 2.5, 10_000].map((value) => shortest(Math.fround(value)))).toEqual([
      1e-5, 1e-6, 500_000, 2.5, 10_000,
    ]);
    expect(shortest(0.1)).toBe(0.1);
  });
});
