/** Goal: converting needs the memory of one tensor, leaves whole folders or none, and mlx-lm loads what it wrote. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { type ConvertRequest, convertModel } from "../../../src/models/convert/convert.ts";
import { openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { sameLibrary } from "../../support/mlx-lm-adapters.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import { expectSameTensors } from "../../support/weight-files.ts";

let folder: string;
let model: string;
let count = 0;
const next = () => join(folder, `out-${count++}`);
const convert = (out: string, request: Partial<ConvertRequest> = {}) =>
  convertModel({ dir: model, name: model, out, ...request });

const written: [string, Partial<ConvertRequest>, number][] = [
  ["in one file", {}, 1],
  ["in parts", { maxShardBytes: 100_000 }, 4],
  ["in parts with a tensor larger than the limit", { maxShardBytes: 20_000 }, 20],
];
const ids = [5, 17, 80, 3];
let loads: { dir: string; files: number; answer: { logits: string; text: string } }[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mdp-save-model-"));
  model = await tinyModel("llama", { config: { num_hidden_layers: 12 } });
  const made: { dir: string; files: number }[] = [];
  for (const [, options] of written) {
    const dir = next();
    made.push({ dir, files: (await convert(dir, { quantize: { groupSize: 32, bits: 4 }, ...options })).files });
  }
  const answers = await sameLibrary<{ logits: string; text: string }>(
    "test/parity/convert_reference.py",
    made.map(({ dir }) => ({ op: "load", model: dir, ids })),
  );
  loads = made.map((one, index) => ({ ...one, answer: answers[index]! }));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a written folder", () => {
  test.each(written)("%s is loaded by mlx-lm and by us, with the same logits", async (_, options, least) => {
    const index = written.findIndex(([, own]) => own === options);
    const { dir, files, answer } = loads[index]!;
    expect(files).toBeGreaterThanOrEqual(least);
    const expected = new Float32Array(Uint8Array.fromBase64(answer.logits).buffer);
    using loaded = await openDecoder(dir);
    const found = mx.tidy(() => loaded.logits({ ids: mx.array([ids], "int32") }).toFloat32());
    expect(found.length).toBe(expected.length);
    for (const [i, value] of found.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-5);
    expect(answer.text.length).toBeGreaterThan(0);
  });

  test("in parts has the tensors of one file, no part above the limit, and names as mlx-lm gives them", async () => {
    const [whole, parts] = [next(), next()];
    await convert(whole);
    const { files, bytes } = await convert(parts, { maxShardBytes: 150_000 });
    expectSameTensors(parts, whole);
    const names = readdirSync(parts).filter((name) => name.endsWith(".safetensors"));
    const number = (n: number) => String(n).padStart(5, "0");
    const expected = Array.from({ length: files }, (_, i) => `model-${number(i + 1)}-of-${number(files)}.safetensors`);
    expect(names.sort()).toEqual(expected);
    for (const name of names) expect(statSync(join(parts, name)).size).toBeLessThan(150_000 + 4000);
    const { metadata, weight_map: map } = await Bun.file(join(parts, "model.safetensors.index.json")).json();
    expect(metadata.total_size).toBe(bytes);
    expect([...new Set(Object.values(map))].sort()).toEqual(expected);
    expect(Object.keys(map)).toEqual(Object.keys(map).sort());
  });

  test("has the tokenizer's files, settings and code, a card, and nothing of the old weights", async () => {
    const [source, out] = [next(), next()];
    const files: Record<string, string> = {
      "config.json": readFileSync(join(model, "config.json"), "utf8"),
      "tokenizer.json": "{}",
      "tokenizer_config.json": "{}",
      "chat_template.jinja": "{{ messages }}",
      "vocab.txt": "a",
      "generation_config.json": '{"eos_token_id": [2, 7], "temperature": 0.60}',
      "modeling.py": "pass",
      LICENSE: "free",
      "README.md": "---\nlicense: mit\ntags:\n- small\n---\n# Old\n",
      "hf_quant_config.json": "{}",
      "pytorch_model.bin.index.json": "{}",
      "notes.md": "no",
    };
    mkdirSync(source);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(source, name), text);
    writeFileSync(join(source, "model.safetensors"), readFileSync(join(model, "model.safetensors")));
    await convert(out, { dir: source });
    expect(readdirSync(out).sort()).toEqual([
      "LICENSE",
      "README.md",
      "chat_template.jinja",
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "model.safetensors.index.json",
      "modeling.py",
      "tokenizer.json",
      "tokenizer_config.json",
      "vocab.txt",
    ]);
    expect(readFileSync(join(out, "generation_config.json"), "utf8")).toBe(files["generation_config.json"]!);
    const config = readFileSync(join(out, "config.json"), "utf8");
    expect(JSON.parse(config).eos_token_id).toEqual([2, 7]);
    expect(config).toContain('"rms_norm_eps": 1e-05');
    expect(config).toContain('"rope_theta": 10000.0');
    expect(readFileSync(join(out, "README.md"), "utf8")).toBe(
      '---\nlicense: "mit"\ntags: ["small","mlx"]\nlibrary_name: "mlx"\npipeline_tag: "text-generation"\n---\n',
    );
  });

  test("names its origin on the hub in the card", async () => {
    const out = next();
    await convert(out, { name: "org/name" });
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain('base_model: "org/name"\n');
  });
});

describe("memory", () => {
  test.each([
    ["in another type", { dtype: "bfloat16" }],
    ["quantized", { quantize: { groupSize: 32, bits: 4 } }],
    ["dequantized", { dequantize: true }],
  ] as const)("stays below twice the largest file: %s", async (_, request) => {
    const wide = await tinyModel("llama", { config: { num_hidden_layers: 40, vocab_size: 512 } });
    const dir = "dequantize" in request ? next() : wide;
    if (dir !== wide) await convertModel({ dir: wide, name: wide, out: dir, quantize: { bits: 8 } });
    const out = next();
    mx.clearCache();
    mx.resetPeakMemory();
    const before = mx.activeMemory();
    const { bytes, files } = await convertModel({ dir, name: dir, out, maxShardBytes: 200_000, ...request });
    expect(files).toBeGreaterThan(4);
    const largest = Math.max(
      ...readdirSync(out).map((name) => (name.endsWith(".safetensors") ? statSync(join(out, name)).size : 0)),
    );
    expect(bytes).toBeGreaterThan(4 * largest);
    expect(mx.peakMemory() - before).toBeLessThan(2 * largest);
    // The collector may have freed what an earlier test forgot.
    expect(mx.activeMemory()).toBeLessThanOrEqual(before);
  });

  test("is given back, also when the work fails", async () => {
    await expectNoLeaksAsync(async () => {
      await convert(next(), { quantize: {}, maxShardBytes: 50_000 });
      await expect(convert(next(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "interrupted" });
    });
  });
});

describe("the output folder", () => {
  const beside = (out: string) => readdirSync(folder).filter((name) => name.startsWith(`${basename(out)}.`));

  test("that is there is kept, unless it may be replaced", async () => {
    const out = next();
    await convert(out);
    const before = readFileSync(join(out, "model.safetensors"));
    await expect(convert(out, { dtype: "float16" })).rejects.toMatchObject({ code: "exists", where: out });
    expect(readFileSync(join(out, "model.safetensors")).equals(before)).toBe(true);
    await convert(out, { dtype: "float16", overwrite: true });
    expect(statSync(join(out, "model.safetensors")).size).toBeLessThan(before.length * 0.6);
    expect(readdirSync(folder).filter((name) => /partial/.test(name))).toEqual([]);
  });

  test("is never the model that is read, nor a folder of other things", async () => {
    const other = next();
    mkdirSync(other);
    writeFileSync(join(other, "thesis.txt"), "years of work");
    await expect(convert(other, { overwrite: true })).rejects.toThrow(/only a model is written over/);
    expect(existsSync(join(other, "thesis.txt"))).toBe(true);
    const copy = next();
    await convert(copy);
    await expect(convertModel({ dir: copy, name: copy, out: copy, overwrite: true })).rejects.toThrow(/that is read/);
    await expect(convertModel({ dir: copy, name: copy, out: folder, overwrite: true })).rejects.toThrow(/that is read/);
  });

  test("is not the current folder, of whatever name, nor a folder that only has a config.json", async () => {
    const [here, project] = [next(), next()];
    for (const dir of [here, project]) {
      mkdirSync(dir);
      writeFileSync(join(dir, "config.json"), '{"port": 80}');
      writeFileSync(join(dir, "thesis.txt"), "years of work");
    }
    const before = process.cwd();
    process.chdir(here);
    try {
      for (const out of ["", ".", "./"]) {
        await expect(convert(out)).rejects.toMatchObject({ code: "exists", where: here });
        await expect(convert(out, { overwrite: true })).rejects.toThrow(/only a model is written over/);
      }
    } finally {
      process.chdir(before);
    }
    await expect(convert(project, { overwrite: true })).rejects.toThrow(/only a model is written over/);
    for (const dir of [here, project]) expect(readdirSync(dir).sort()).toEqual(["config.json", "thesis.txt"]);
    expect(beside(here)).toEqual([]);
  });

  test("is not there when the run was interrupted half way", async () => {
    const out = next();
    const controller = new AbortController();
    const onProgress = ({ bytes, total }: { bytes: number; total: number }) => {
      if (bytes > total / 2) controller.abort();
    };
    const work = convert(out, { signal: controller.signal, onProgress, maxShardBytes: 100_000 });
    await expect(work).rejects.toMatchObject({ code: "interrupted" });
    expect(readdirSync(folder).filter((name) => name.startsWith(out.split("/").at(-1)!))).toEqual([]);
  });

  /** Converts in a process of its own, which is killed when half of the weights are written. */
  const killedConvert = async (out: string, overwrite = false) => {
    const script = `
      import { convertModel } from ${JSON.stringify(join(import.meta.dir, "../../../src/models/convert/convert.ts"))};
      const [dir, out] = ${JSON.stringify([model, out])};
      const onProgress = ({ bytes, total }) => bytes > total / 2 && process.kill(process.pid, "SIGKILL");
      await convertModel({ dir, name: dir, out, overwrite: ${overwrite}, maxShardBytes: 100_000, onProgress });
    `;
    const child = Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" });
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    return child.pid;
  };
  test("of a killed run is not there, and the next run removes what that one left, and nothing else", async () => {
    const out = next();
    const pid = await killedConvert(out);
    expect(beside(out)).toEqual([`${basename(out)}.${pid}.partial`]);
    // It waits for its input, however long the rest takes.
    const running = Bun.spawn(["cat"], { stdin: "pipe" });
    const kept = [`${running.pid}.partial`, "notes.partial", `${pid}.partial.txt`, `0${pid}`];
    for (const name of kept) mkdirSync(`${out}.${name}`);
    mkdirSync(`${out}-other.${pid}.partial`);
    // Ids come again: another process of the same number was killed here.
    mkdirSync(`${out}.${process.pid}.partial`);
    writeFileSync(`${out}.${process.pid}.partial/config.json`, "old");
    await convert(out);
    running.kill();
    expect(beside(out).sort()).toEqual(kept.map((name) => `${basename(out)}.${name}`).sort());
    expect(existsSync(`${out}-other.${pid}.partial`)).toBe(true);
    expectSameTensors(out, model);
  });

  test("that a killed run had moved away is put back", async () => {
    const out = next();
    await convert(out);
    const pid = await killedConvert(out, true);
    renameSync(out, `${out}.${pid}.replaced.partial`);
    await expect(convert(out)).rejects.toMatchObject({ code: "exists" });
    expect(beside(out)).toEqual([]);
    expectSameTensors(out, model);
  });

  test("in a place that cannot be is an error that names it", async () => {
    const out = join(model, "config.json", "out");
    await expect(convert(out)).rejects.toMatchObject({ code: "output-unwritable", where: out });
  });
});
