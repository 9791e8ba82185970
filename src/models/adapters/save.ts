/** Writes adapters as mlx-lm does: `adapters.safetensors` and `adapter_config.json`. */
import { mkdirSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { MdpError, messageOf } from "../../core/errors.ts";
import { clearAbandoned, partialPlace } from "../../core/leftovers.ts";
import { writeWhole } from "../../core/new-file.ts";
import type { MlxArray } from "../../mlx/index.ts";
import * as mx from "../../mlx/index.ts";
import type { AdapterSpec } from "./adapter.ts";

export const weightsName = "adapters.safetensors";
export const configName = "adapter_config.json";

/**
 * Writes both files, each complete or not at all; makes the folder.
 * @param config all settings of the run, as mlx-lm names them: `fine_tune_type`, `num_layers`, `lora_parameters`, …
 */
export async function saveAdapter(
  dir: string,
  arrays: ReadonlyMap<string, MlxArray>,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  await saveAdapterConfig(dir, config);
  await saveAdapterWeights(dir, arrays);
}

/** The settings without which mlx-lm, and `loadAdapter`, cannot read an adapter. */
export function adapterSettings({ method, numLayers, lora }: AdapterSpec): Record<string, unknown> {
  const { rank, scale, dropout, keys } = lora;
  const parameters = { rank, scale, dropout, ...(keys ? { keys } : {}) };
  return { fine_tune_type: method, num_layers: numLayers, lora_parameters: method === "full" ? null : parameters };
}

/** Writes `adapter_config.json` alone, its keys sorted. */
export async function saveAdapterConfig(dir: string, config: Readonly<Record<string, unknown>>): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const sorted = Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
  const path = join(dir, configName);
  clearAbandoned(path);
  await writeWhole(path, JSON.stringify(sorted, undefined, 4));
}

/** Writes arrays alone, under another name for a checkpoint, such as `0000100_adapters.safetensors`. */
export async function saveAdapterWeights(
  dir: string,
  arrays: ReadonlyMap<string, MlxArray>,
  name: string = weightsName,
): Promise<void> {
  await writeArrays(dir, name, arrays, []);
}

/** Writes a safetensors file under its name when it is complete; makes the folder. */
export async function writeArrays(
  dir: string,
  name: string,
  arrays: ReadonlyMap<string, MlxArray>,
  metadata: Iterable<readonly [key: string, value: string]>,
): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, name);
  clearAbandoned(path);
  // A folder, since MLX wants the file's name to end in .safetensors.
  using place = partialPlace(path);
  const temporary = join(place.path, name);
  try {
    mkdirSync(place.path);
    mx.evaluate(...arrays.values());
    mx.saveSafetensors(temporary, arrays, metadata);
    const file = await open(temporary, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    throw new MdpError({
      code: "output-unwritable",
      message: `the adapter could not be written (${messageOf(cause)})`,
      where: path,
      hint: "choose another folder, or make room there",
      cause,
    });
  }
}
