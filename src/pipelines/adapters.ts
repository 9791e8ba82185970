/** `model convert-adapter`: an adapter's folder in the form of another program. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { UsageError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import type { Method } from "../models/adapters/adapter.ts";
import { fittingLayers } from "../models/adapters/apply.ts";
import { loadAdapter } from "../models/adapters/load.ts";
import { savePeftAdapter } from "../models/adapters/peft-save.ts";
import { adapterSettings, saveAdapter } from "../models/adapters/save.ts";
import { findModel } from "../models/find.ts";
import { loadDecoderArchitecture } from "../models/index.ts";
import { readJson } from "../models/json.ts";

export const adapterForms = ["mlx-lm", "peft"] as const;
export type AdapterForm = (typeof adapterForms)[number];

export interface ConvertAdapterOptions {
  /** Folder of the adapter, in either form. */
  adapter: string;
  /** The model that it is for: a name or a folder. Its weights are not read. */
  model: string;
  to: AdapterForm;
  /** An empty or new folder. */
  out: string;
}

export interface ConvertAdapterReport {
  out: string;
  to: AdapterForm;
  method: Method;
  rank: number;
  scale: number;
  layers: number;
}

/** Writes the adapter anew. @throws MdpError when it does not fit the model, or the other form cannot hold it */
export async function convertAdapter({
  adapter,
  model,
  to,
  out,
}: ConvertAdapterOptions): Promise<ConvertAdapterReport> {
  if (existsSync(out) && readdirSync(out).length > 0) {
    throw new UsageError(`the folder ${out} is not empty`, "choose a new one with --out");
  }
  const configPath = join(findModel(model).dir, "config.json");
  const config = await readJson(configPath, v.looseObject({ model_type: v.string() }));
  const shapes = (await loadDecoderArchitecture(config.model_type, configPath))(config, configPath).shapes();
  const loaded = await loadAdapter(adapter);
  try {
    const { method, lora } = loaded.spec;
    if (method === "full") {
      throw new UsageError("the adapter holds whole weights, which no other form has", "fuse it into its model");
    }
    const layers = fittingLayers(shapes, loaded, adapter).length;
    if (to === "peft") await savePeftAdapter(out, loaded, shapes, model);
    else await saveAdapter(out, loaded.arrays, { ...adapterSettings(loaded.spec), model });
    return { out, to, method, rank: lora.rank, scale: lora.scale, layers };
  } finally {
    mx.disposeAll(loaded.arrays);
  }
}
