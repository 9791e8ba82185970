/** Tiny decoders with random weights, made once per machine by test/parity/make_tiny_models.py. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "./peers.ts";

const SCRIPT = "test/parity/make_tiny_models.py";

/** The architectures that the script knows, by `model_type`. */
export const TINY_ARCHITECTURES = [
  "llama",
  "mistral",
  "smollm3",
  "qwen2",
  "qwen3",
  "qwen3_moe",
  "mixtral",
  "phi",
  "phi3",
  "gemma",
  "gemma2",
  "gemma3_text",
] as const;
export type TinyArchitecture = (typeof TINY_ARCHITECTURES)[number];

export interface TinyOptions {
  /** Keys of `config.json` that replace or extend the model's own. */
  config?: Record<string, unknown>;
  dtype?: "float32" | "float16" | "bfloat16";
  /** Files over which the weights are spread. */
  parts?: number;
  /** Arguments of `mlx_lm.convert`, which then writes the folder. */
  quantize?: { q_bits?: number; q_group_size?: number; q_mode?: string };
  /** Turns quantized weights into floats again. */
  dequantize?: boolean;
}

const making = new Map<string, Promise<string>>();

/**
 * The folder of a model: 2 layers of width 64, 4 heads of 16 over 2 key heads, about 500 tokens. It is shared by all
 * tests of the machine, so nobody writes into it.
 */
export function tinyModel(architecture: TinyArchitecture, options: TinyOptions = {}): Promise<string> {
  const text = JSON.stringify(options);
  const hash = Bun.hash(`${readFileSync(join(import.meta.dir, "../..", SCRIPT), "utf8")}${text}`).toString(36);
  const folder = join(tmpdir(), "mdp-tiny-models", `${architecture}-${hash}`);
  const known = making.get(folder) ?? make(architecture, folder, text);
  making.set(folder, known);
  return known;
}

/** The folder appears under its name when it is whole; another process may have been quicker. */
async function make(architecture: string, folder: string, options: string): Promise<string> {
  if (existsSync(folder)) return folder;
  const own = `${folder}.${process.pid}`;
  mkdirSync(join(folder, ".."), { recursive: true });
  await python(SCRIPT, [architecture, own, options], "");
  try {
    renameSync(own, folder);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
