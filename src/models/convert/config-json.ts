/** `config.json` as it is carried over: numbers keep the text in which they were written, `1e-06` and `10000.0`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MdpError, messageOf } from "../../core/errors.ts";

export type JsonObject = Record<string, unknown>;

/** Parts of JSON that the type declarations lack. */
const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
};

/**
 * The configuration of a model's folder as mlx-lm takes it: tokens that end a text come from `generation_config.json`
 * where that names some.
 */
export async function readRawConfig(dir: string): Promise<JsonObject> {
  const config = await readRaw(join(dir, "config.json"));
  const generationPath = join(dir, "generation_config.json");
  if (!existsSync(generationPath)) return config;
  const { eos_token_id: eos } = await readRaw(generationPath);
  const named = eos !== undefined && eos !== null && !(isRaw(eos) && Number(eos.rawJSON) === 0);
  return named ? { ...config, eos_token_id: eos } : config;
}

async function readRaw(path: string): Promise<JsonObject> {
  try {
    const value = json.parse(await Bun.file(path).text(), (_, part, { source }) =>
      typeof part === "number" && source !== undefined ? json.rawJSON(source) : part,
    );
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
    throw new Error("it holds no object");
  } catch (cause) {
    throw new MdpError({
      code: "model-unreadable",
      message: `the model's file cannot be read (${messageOf(cause)})`,
      where: path,
      hint: "download the model again",
      cause,
    });
  }
}

function isRaw(value: unknown): value is { rawJSON: string } {
  return typeof value === "object" && value !== null && "rawJSON" in value;
}

/** Keys of the top sorted, indented by four, as Python writes it. */
export function configText(config: JsonObject): string {
  const sorted = Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted), undefined, 4);
}

/**
 * The configuration of a written model: without the keys that mlx-lm drops.
 * @param quantization how weights are quantized, under both of its names; null where none is any more
 */
export function writtenConfig(config: JsonObject, quantization: object | null | undefined): JsonObject {
  const { _name_or_path, vision_config, ...kept } = config;
  if (quantization === null) {
    const { quantization: _, quantization_config, ...plain } = kept;
    return plain;
  }
  const found = quantization ?? kept.quantization;
  return found === undefined ? kept : { ...kept, quantization: found, quantization_config: found };
}
