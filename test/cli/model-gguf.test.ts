/** Goal: a model goes out as a GGUF file and comes back, by the command line. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mdp, TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";

describe("mdp model export-gguf, and convert of a GGUF file", () => {
  test("give the same weights back", async () => {
    using dir = new TempProject();
    const model = await tinyModel("llama");
    const file = dir.path("out.gguf");
    const exported = await mdp([
      "model",
      "export-gguf",
      "--model",
      model,
      "--out",
      file,
      "--dtype",
      "float32",
      "--json",
    ]);
    expect(JSON.parse(exported.stdout)).toMatchObject({ path: file, tensors: 21, dtype: "float32", warnings: [] });
    const { code, stderr } = await mdp(["model", "convert", "--model", file, "--mlx-path", dir.path("back")]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(readdirSync(dir.dir).sort()).toEqual(["back", "out.gguf"]);
    const config = (folder: string) => JSON.parse(readFileSync(`${folder}/config.json`, "utf8"));
    for (const key of [
      "hidden_size",
      "num_key_value_heads",
      "rope_theta",
      "rms_norm_eps",
      "vocab_size",
      "bos_token_id",
    ]) {
      expect(config(dir.path("back"))[key]).toBe(config(model)[key]);
    }
    const again = await mdp([
      "model",
      "export-gguf",
      "--model",
      dir.path("back"),
      "--out",
      dir.path("again.gguf"),
      "--dtype",
      "float32",
    ]);
    expect(again.stdout).toBe(`${dir.path("again.gguf")}\n`);
    // All but the name, and the last bytes of a decimal that went through float32.
    const size = (path: string) => readFileSync(dir.path(path)).subarray(-300_000);
    expect(size("again.gguf").equals(size("out.gguf"))).toBe(true);
  });

  test("quantize on the way, and end with 1 for what is no such file, leaving nothing", async () => {
    using dir = new TempProject({ "wrong.gguf": "not one" });
    await mdp(["model", "export-gguf", "--model", await tinyModel("llama"), "--out", dir.path("out.gguf")]);
    const quantize = await mdp([
      "model",
      "convert",
      "--model",
      dir.path("out.gguf"),
      "--mlx-path",
      dir.path("small"),
      "-q",
      "--json",
    ]);
    expect(JSON.parse(quantize.stdout)).toMatchObject({ modelType: "llama" });
    expect(JSON.parse(readFileSync(dir.path("small/config.json"), "utf8")).quantization).toMatchObject({ bits: 4 });
    const wrong = await mdp(["model", "convert", "--model", dir.path("wrong.gguf"), "--mlx-path", dir.path("none")]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("not a valid GGUF file");
    const usage = await mdp(["model", "export-gguf", "--model", await tinyModel("llama")]);
    expect(usage.code).toBe(2);
    expect(existsSync(dir.path("none"))).toBe(false);
    expect(readdirSync(dir.dir).sort()).toEqual(["out.gguf", "small", "wrong.gguf"]);
  });
});
