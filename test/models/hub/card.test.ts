/** Goal: a model card has the keys that the hub and mlx-lm look for, and loses none that were there. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readCard } from "../../../src/models/hub/card.ts";
import { shareCard } from "../../../src/pipelines/model-card.ts";
import { python } from "../../support/peers.ts";
import { TempProject } from "../../support/project.ts";

const llama = {
  model_type: "llama",
  max_position_embeddings: 131_072,
  quantization: { group_size: 64, bits: 4 },
  _name_or_path: "/somebody/s/folder",
};

const failure = (work: Promise<unknown>) =>
  work.then(
    () => "no failure",
    (error) => `${error.code}: ${error.message}`,
  );

describe("a model card", () => {
  test("is read by huggingface_hub with mlx-lm's keys, and the original's beside them", async () => {
    const before = "---\nlicense: apache-2.0\ntags:\n- chat\nlanguage: [en, de]\nbase_model: org/original\n---\n";
    using dir = new TempProject({
      "config.json": JSON.stringify(llama),
      "README.md": before,
      "model.safetensors.index.json": JSON.stringify({ metadata: { total_parameters: 1_235_814_400 } }),
    });
    const report = await shareCard({ dir: dir.dir, name: "me/mine" });
    expect(report).toMatchObject({ path: dir.path("README.md"), name: "me/mine" });
    const [line] = await python("test/parity/hub_layout.py", ["card", report.path], "");
    const { keys, text } = JSON.parse(line!);
    expect(keys).toEqual({
      license: "apache-2.0",
      language: ["en", "de"],
      base_model: "org/original",
      library_name: "mlx",
      pipeline_tag: "text-generation",
      tags: ["chat", "mlx", "4-bit"],
    });
    expect(keys).toEqual(report.keys);
    expect(text).toContain("# me/mine");
    expect(text).toContain("[org/original](https://huggingface.co/org/original)");
    expect(text).toContain("| Parameters | 1,235,814,400 |");
    expect(text).toContain("| Quantized | 4 bits in groups of 64 (affine) |");
    expect(text).toContain("mdp generate --model me/mine");
  });

  test("of a model without a card has the keys that mlx-lm gives, and no path of this machine", async () => {
    using dir = new TempProject({ "config.json": JSON.stringify({ ...llama, quantization: undefined }) });
    const { keys } = await shareCard({ dir: dir.dir });
    expect(keys).toEqual({ language: "en", library_name: "mlx", pipeline_tag: "text-generation", tags: ["mlx"] });
    expect(readFileSync(dir.path("README.md"), "utf8")).not.toContain("somebody");
  });

  test("of an embedder says how vectors are made", async () => {
    using dir = new TempProject({ "config.json": '{"model_type":"bert"}', "modules.json": "[]" });
    const { keys } = await shareCard({ dir: dir.dir, baseModel: "org/base" });
    expect(keys).toMatchObject({
      library_name: "sentence-transformers",
      pipeline_tag: "sentence-similarity",
      base_model: "org/base",
    });
    expect(readCard(dir.path("README.md")).text).toContain("mdp embed --model");
  });

  test("with a text is kept unless told otherwise, and then its keys are", async () => {
    using dir = new TempProject({
      "config.json": JSON.stringify(llama),
      "README.md": "---\nlicense: mit\n---\nMy words.\n",
    });
    expect(await failure(shareCard({ dir: dir.dir }))).toBe("exists: the model has a card with a text");
    const { keys } = await shareCard({ dir: dir.dir, overwrite: true });
    expect(keys.license).toBe("mit");
    expect(readCard(dir.path("README.md")).text).not.toContain("My words");
    // Written again it stays the same.
    const first = readFileSync(dir.path("README.md"), "utf8");
    await shareCard({ dir: dir.dir, overwrite: true });
    expect(readFileSync(dir.path("README.md"), "utf8")).toBe(first);
  });

  test("that is no YAML, or a folder that is no model, is no crash", async () => {
    using dir = new TempProject({ "config.json": '{"model_type":"bloom"}', "README.md": "---\n[: {\n---\n" });
    expect(await failure(shareCard({ dir: dir.dir }))).toBe('model-unsupported: model type "bloom" is not supported');
    expect(await failure(shareCard({ dir: join(dir.dir, "none") }))).toMatch(/^model-unreadable: /);
    expect(await failure(shareCard({ dir: dir.dir, name: "a/b/c" }))).toMatch(/^usage: --name "a\/b\/c"/);
    dir.write("config.json", JSON.stringify(llama));
    expect((await shareCard({ dir: dir.dir })).keys).toMatchObject({ library_name: "mlx" });
  });
});
