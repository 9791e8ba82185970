/** `model`: which embedding models are here, and what each is. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { assets } from "../core/assets.ts";
import { messageOf } from "../core/errors.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import { EmbedSettings } from "../embed/config.ts";
import { describeEmbedder } from "../embed/describe.ts";
import { DEFAULT_MODEL, findModel, modelFolders } from "../models/find.ts";

export interface ListedModel {
  name: string;
  /** Where it lies; `embedded` for the one inside the executable. */
  place: string;
  modelType: string | null;
  dimension: number | null;
  maxTokens: number | null;
  /** Bytes of the weights. */
  bytes: number | null;
  /** Why it cannot be used, null when it can. */
  problem: string | null;
}

export interface ModelDetails extends EmbedderDescription {
  /** Folder of its files. */
  dir: string;
  /** Bytes of the weights. */
  bytes: number;
}

/** Every model that `--model NAME` finds, the embedded one first; a name counts where it is found first. */
export async function listModels(): Promise<ListedModel[]> {
  const names = new Map<string, string>();
  if (Object.keys(assets).some((name) => name.startsWith("model/"))) names.set(DEFAULT_MODEL, "embedded");
  for (const folder of modelFolders()) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).sort()) {
      if (!names.has(name) && existsSync(join(folder, name, "config.json"))) names.set(name, folder);
    }
  }
  return Promise.all([...names].map(([name, place]) => listed(name, place)));
}

async function listed(name: string, place: string): Promise<ListedModel> {
  try {
    const { modelType, dimension, maxTokens, bytes } = await inspectModel(name);
    return { name, place, modelType, dimension, maxTokens, bytes, problem: null };
  } catch (error) {
    const nothing = { modelType: null, dimension: null, maxTokens: null, bytes: null };
    return { name, place, ...nothing, problem: messageOf(error) };
  }
}

/** @param model a name or a folder. @throws MdpError when there is none, or it cannot be used */
export async function inspectModel(model: string): Promise<ModelDetails> {
  const { folder, description } = await describeEmbedder(v.parse(EmbedSettings, { model }));
  return { ...description, dir: findModel(model).dir, bytes: Bun.file(folder.weightsPath).size };
}

/** The folder of a model's files; the embedded model is unpacked for it. */
export function modelPath(model: string): string {
  return findModel(model).dir;
}
