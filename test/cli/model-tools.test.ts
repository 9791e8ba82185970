/** `mdp model convert`, `quantize`, `dequantize`, `fuse` and `bench` as they are typed; mlx-lm's own lines run too. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import type { SaveReport } from "../../src/pipelines/models/convert.ts";
import { mlxLmAdapters } from "../support/mlx-lm-adapters.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";
import { expectSameTensors } from "../support/weight-files.ts";

let llama: string;
const folder = new TempProject();
const run = (...args: string[]) => folder.run("model", ...args);
const configOf = (name: string) => Bun.file(folder.path(`${name}/config.json`)).json();

beforeAll(async () => {
  llama = await tinyModel("llama");
  const spec = { fine_tune_type: "lora", num_layers: -1, lora_parameters: { rank: 4, scale: 0.1, dropout: 0 } };
  await mlxLmAdapters([{ op: "train", model: llama, seed: 1, spec, out: folder.path("adapters") }]);
}, 300_000);
afterAll(() => folder[Symbol.dispose]());

describe("mdp model convert", () => {
  test("takes mlx-lm's line, prints the folder, and says on stderr what is in it", async () => {
    const { code, stdout, stderr } = await run(
      "convert",
      "--hf-path",
      llama,
      "--mlx-path",
      "four",
      "-q",
      "--q-bits",
      "4",
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "four\n" });
    expect(stderr).toMatch(/llama, 139,584 parameters with 5\.062 bits each: .* in 1 file/);
    expect((await configOf("four")).quantization).toEqual({ group_size: 64, bits: 4, mode: "affine" });
  });

  test("and its short forms do the same", async () => {
    const report = await folder.json<SaveReport>("model", "quantize", llama, "--mlx-path", "short");
    expect(report).toMatchObject({ out: "short", modelType: "llama", parameters: 139_584, files: 1 });
    expectSameTensors(folder.path("short"), folder.path("four"));
    expect((await run("dequantize", "./short", "--mlx-path", "plain")).code).toBe(0);
    expect((await run("convert", "--model", "./short", "--mlx-path", "plain-too", "-d")).code).toBe(0);
    expectSameTensors(folder.path("plain"), folder.path("plain-too"));
    expect(await configOf("plain")).not.toHaveProperty("quantization");
  });

  test("reads rules for single layers from a file", async () => {
    const rules = { lm_head: false, "*.v_proj": { bits: 8, group_size: 32 }, "model.layers.1.*": 3 };
    folder.write("rules.yaml", JSON.stringify(rules));
    const line = ["quantize", "--model", llama, "--mlx-path", "ruled", "--quant-predicate", "rules.yaml"];
    expect((await run(...line)).code).toBe(0);
    const { quantization } = await configOf("ruled");
    expect(quantization).toMatchObject({
      bits: 4,
      lm_head: false,
      "model.layers.0.self_attn.v_proj": { group_size: 32, bits: 8, mode: "affine" },
      "model.layers.1.self_attn.v_proj": { group_size: 32, bits: 8, mode: "affine" },
      "model.layers.1.mlp.up_proj": { group_size: 64, bits: 3, mode: "affine" },
    });
    expect(quantization).not.toHaveProperty("model.layers.0.mlp.up_proj");
  });

  const mistakes: [string, string[], number, RegExp][] = [
    ["no model", ["convert"], 2, /needs a model/],
    ["two models", ["quantize", "./four", "--model", "./plain"], 2, /"\.\/four" and --model contradict each other/],
    ["two flags", ["convert", "--model", "./a", "--hf-path", "./b"], 2, /--model and --hf-path contradict each other/],
    ["a model of two words", ["bench", "./four", "./plain"], 2, /takes one argument/],
    ["sizes without -q", ["convert", "--model", "four", "--q-bits", "3"], 2, /--q-bits changes nothing without -q/],
    ["both directions", ["convert", "--model", "./four", "--mlx-path", "x", "-q", "-d"], 2, /not both/],
    [
      "7 bits",
      ["quantize", "--model", "./four", "--mlx-path", "x", "--q-bits", "7"],
      2,
      /affine has no number of bits 7/,
    ],
    [
      "bits of a fixed mode",
      ["quantize", "--model", "./four", "--mlx-path", "x", "--q-mode", "mxfp4", "--q-bits", "8"],
      2,
      /mxfp4 has no/,
    ],
    ["an unknown mode", ["quantize", "--model", "./four", "--q-mode", "int4"], 2, /it is one of: affine/],
    ["an unknown type", ["convert", "--model", "./four", "--dtype", "int8"], 2, /float16, bfloat16, float32/],
    ["a wrong size", ["convert", "--model", "./four", "--max-shard-size", "big"], 2, /is not a size/],
    ["an output that is there", ["convert", "--model", "./four", "--mlx-path", "short"], 1, /add --overwrite/],
    ["a model that is not there", ["convert", "--model", "./none"], 1, /not found/],
    [
      "rules of nothing",
      ["quantize", "--model", "./plain", "--mlx-path", "x", "--quant-predicate", "empty.yaml"],
      2,
      /cannot be read|must map/,
    ],
    [
      "a recipe with another mode",
      ["quantize", "--model", "./plain", "--mlx-path", "x", "--quant-predicate", "mixed_2_6", "--q-mode", "nvfp4"],
      2,
      /for the mode affine/,
    ],
  ];
  test.each(mistakes)("refuses %s", async (_, args, code, message) => {
    const result = await run(...args);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
    expect(result.stderr).toMatch(message);
    expect(existsSync(folder.path("x"))).toBe(false);
  });

  test("refuses rules that fit no layer, and names the nearest one", async () => {
    folder.write("wrong.yaml", "lm_haed: 8\n");
    const line = ["quantize", "--model", llama, "--mlx-path", "x", "--quant-predicate", "wrong.yaml"];
    const { code, stderr } = await run(...line);
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean lm_head?");
  });

  test("on a full disk says so, and leaves nothing", async () => {
    const args = mdpCommand(["model", "convert", "--model", llama, "--mlx-path", "full"]);
    // Files of at most 100 kB; the signal that would end the process is ignored, so that writing fails as on a full disk.
    const limited = ["bash", "-c", `trap '' XFSZ; ulimit -f 100; exec "$@"`, "limited", ...args];
    const child = Bun.spawn(limited, { cwd: folder.dir, stdout: "pipe", stderr: "pipe" });
    const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
    expect(code).toBe(1);
    expect(stderr).toContain("could not be written");
    expect(readdirSync(folder.dir).filter((name) => name.startsWith("full"))).toEqual([]);
  });
});

describe("mdp model fuse", () => {
  test("takes mlx-lm's line, and warns of what quantizing again loses", async () => {
    const line = ["fuse", "--model", "./four", "--adapter-path", "adapters", "--save-path"];
    const { code, stdout, stderr } = await run(...line, "fused");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "fused\n" });
    expect(stderr).toMatch(
      /again keeps \d+ % of the adapter's change, with an error of \d+ % of its size; --dequantize/,
    );
    const plain = await run(
      "fuse",
      "./four",
      "--adapter-path",
      "adapters",
      "--save-path",
      "fused-plain",
      "--dequantize",
    );
    expect(plain.code).toBe(0);
    expect(plain.stderr).not.toContain("again keeps");
    expect(await configOf("fused-plain")).not.toHaveProperty("quantization");
  });

  test("writes a GGUF file into the folder", async () => {
    const line = ["fuse", "--model", llama, "--adapter-path", "adapters", "--save-path", "with-gguf", "--export-gguf"];
    const { code, stderr } = await run(...line);
    expect(stderr).not.toContain("error");
    expect(code).toBe(0);
    const file = await Bun.file(folder.path("with-gguf/ggml-model-f16.gguf")).bytes();
    expect(new TextDecoder().decode(file.subarray(0, 4))).toBe("GGUF");
  });
});

describe("mdp model fuse, before any work", () => {
  test("refuses a GGUF file of a model that has none, and writes nothing", async () => {
    const model = await tinyModel("qwen2");
    const line = ["fuse", model, "--adapter-path", "adapters", "--save-path", "no-gguf", "--export-gguf"];
    const { code, stderr } = await run(...line);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("are not exported as GGUF") });
    expect(existsSync(folder.path("no-gguf"))).toBe(false);
  });
});

describe("mdp model bench", () => {
  test.each([1, 3])("measures %d prompts at once", async (batch) => {
    const line = ["bench", llama, "--model", llama, "-p", "40", "-g", "8", "-n", "2", "-b", String(batch)];
    const report = await folder.json<Record<string, number | unknown[]>>("model", ...line);
    expect(report).toMatchObject({ promptTokens: 40, generationTokens: 8, batchSize: batch });
    expect(report.trials).toHaveLength(2);
    for (const key of ["promptTps", "generationTps", "peakMemory"]) expect(report[key]).toBeGreaterThan(0);
  });
});
