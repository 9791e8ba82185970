/** Goal: an adapter goes from PEFT to mlx-lm and back by one command each, and gives torch's logits in mlx-lm. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mlxLmAdapters } from "../support/mlx-lm-adapters.ts";
import { mdp } from "../support/project.ts";

const MODELS = join(import.meta.dir, "../../fixtures/models");
const model = join(MODELS, "tiny-llama");
const golden: { ids: number[][]; logits: Record<string, number[]> } = JSON.parse(
  readFileSync(join(MODELS, "../golden/peft.json"), "utf8"),
);
const folder = mkdtempSync(join(tmpdir(), "mdp-convert-adapter-"));
afterAll(() => rmSync(folder, { recursive: true }));
const convert = (adapter: string, to: string, out: string, ...more: string[]) =>
  mdp(["model", "convert-adapter", adapter, "--model", model, "--to", to, "--out", join(folder, out), ...more]);

describe("mdp model convert-adapter", () => {
  test("writes PEFT's adapters for mlx-lm, which gives torch's logits with them", async () => {
    const names = ["rslora", "dora", "embedding"];
    for (const name of names) {
      const run = await convert(join(MODELS, `tiny-llama-${name}`), "mlx-lm", name, "--json");
      expect([run.stderr, run.code]).toEqual(["", 0]);
      expect(JSON.parse(run.stdout)).toMatchObject({ to: "mlx-lm", method: name === "dora" ? "dora" : "lora" });
    }
    const answers = await mlxLmAdapters<{ logits: string }>(
      names.map((name) => ({ op: "logits", model, adapter: join(folder, name), ids: golden.ids })),
    );
    names.forEach((name, i) => {
      const values = new Float32Array(Uint8Array.fromBase64(answers[i]!.logits).buffer);
      const off = golden.logits[name]!.map((value, at) => Math.abs(value - values[at]!));
      expect(off).toHaveLength(values.length);
      expect(Math.max(...off)).toBeLessThanOrEqual(1e-5);
    });
  }, 300_000);

  test("writes back what PEFT wrote, byte for byte", async () => {
    const original = join(MODELS, "tiny-llama-lora");
    await convert(original, "mlx-lm", "there");
    const run = await convert(join(folder, "there"), "peft", "back");
    expect([run.stderr, run.code]).toEqual(["", 0]);
    expect(run.stdout).toEndWith("back: lora, 6 layers\n");
    const data = (dir: string) => {
      const bytes = readFileSync(join(dir, "adapter_model.safetensors"));
      const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
      const start = 8 + Number(bytes.readBigUInt64LE());
      const entries = Object.entries<{ data_offsets: [number, number] }>(header).filter(
        ([name]) => !name.startsWith("__"),
      );
      return Object.fromEntries(
        entries.map(
          ([
            name,
            {
              data_offsets: [from, to],
            },
          ]) => [name, bytes.subarray(start + from, start + to).toHex()],
        ),
      );
    };
    expect(data(join(folder, "back"))).toEqual(data(original));
  });

  test("refuses a folder that is in use, a form that does not exist, and a folder without an adapter", async () => {
    const adapter = join(MODELS, "tiny-llama-lora");
    const used = await convert(adapter, "peft", ".");
    expect([used.code, used.stderr]).toEqual([2, expect.stringContaining("is not empty")]);
    const form = await convert(adapter, "gguf", "gguf");
    expect([form.code, form.stderr]).toEqual([2, expect.stringContaining('no form "gguf"')]);
    const none = await mdp(["model", "convert-adapter", adapter, "--to", "peft", "--out", join(folder, "none")]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("--model")]);
    const empty = await mdp(["model", "convert-adapter", adapter, "--model", model, "--to", "peft", "--out", ""]);
    expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining("add --out")]);
    const missing = await convert(join(folder, "nowhere"), "peft", "missing");
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("adapter_config.json")]);
  });
});
