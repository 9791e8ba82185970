/** `model list`: the models that `--model NAME` finds, of the executable, the model cache and the hub's cache. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { assets } from "../core/assets.ts";
import { messageOf } from "../core/errors.ts";
import { DEFAULT_MODEL, modelFolders } from "../models/find.ts";
import { cachedModels, snapshotFiles } from "../models/hub/cache.ts";
import { type Environment, hubCacheDir } from "../models/hub/environment.ts";
import { decoders } from "../models/index.ts";
import { readJson } from "../models/json.ts";
import { type ModelKind, modelKind } from "../models/kind.ts";
import { inspectModel, inspectScoring } from "./models.ts";

export interface ListedModel {
  name: string;
  /** The folder in which it lies; `embedded` for the one inside the executable. */
  place: string;
  /** Whether it makes vectors, text, or scores of texts. */
  kind: ModelKind | null;
  modelType: string | null;
  /** Length of a vector, or width of a layer. */
  dimension: number | null;
  maxTokens: number | null;
  /** Bits of a quantized weight, null for plain ones. */
  bits: number | null;
  /** Bytes of the weights. */
  bytes: number | null;
  /** Why it cannot be used, null when it can. */
  problem: string | null;
}

const NOTHING = { kind: null, modelType: null, dimension: null, maxTokens: null, bits: null, bytes: null } as const;

const Config = v.object({
  model_type: v.string(),
  architectures: v.nullish(v.array(v.string())),
  hidden_size: v.nullish(v.number()),
  max_position_embeddings: v.nullish(v.number()),
  quantization: v.nullish(v.object({ bits: v.nullish(v.number()) })),
});

/** The embedded one first; a name counts where it is found first. */
export async function listModels(environment: Environment = process.env): Promise<ListedModel[]> {
  const found = new Map<string, { place: string; dir: string | undefined }>();
  const add = (name: string, place: string, dir?: string) => {
    if (!found.has(name)) found.set(name, { place, dir });
  };
  if (Object.keys(assets).some((name) => name.startsWith("model/"))) add(DEFAULT_MODEL, "embedded");
  for (const folder of modelFolders({ environment })) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).sort()) {
      for (const path of [name, ...foldersBelow(folder, name).map((below) => `${name}/${below}`)]) {
        if (existsSync(join(folder, path, "config.json"))) add(path, folder, join(folder, path));
      }
    }
  }
  const hub = hubCacheDir(environment);
  for (const { repo, revisions } of cachedModels(hub)) {
    for (const { commit, dir, refs } of revisions) {
      if (!existsSync(join(dir, "config.json"))) continue;
      add(refs.includes("main") ? repo : `${repo}@${refs[0] ?? commit}`, hub, dir);
    }
  }
  return Promise.all([...found].map(([name, { place, dir }]) => listed(name, place, dir)));
}

async function listed(name: string, place: string, dir: string | undefined): Promise<ListedModel> {
  try {
    const config = dir === undefined ? undefined : await readJson(join(dir, "config.json"), Config);
    if (dir !== undefined && config !== undefined) {
      const { model_type: modelType, architectures } = config;
      const kind = modelKind({ modelType, dir, architectures, names: [name] });
      if (kind === "generating" && decoders.has(modelType)) return generating(name, place, dir, config);
      if (kind === "scoring") {
        const { maxTokens, bytes } = await inspectScoring(name, dir, modelType);
        return { name, place, ...NOTHING, kind, modelType, maxTokens, bytes, problem: null };
      }
    }
    const { modelType, dimension, maxTokens, bytes } = await inspectModel(dir ?? name);
    return { name, place, kind: "embedding", modelType, dimension, maxTokens, bits: null, bytes, problem: null };
  } catch (error) {
    return { name, place, ...NOTHING, problem: messageOf(error) };
  }
}

function generating(name: string, place: string, dir: string, config: v.InferOutput<typeof Config>): ListedModel {
  const weights = snapshotFiles(dir).filter(({ path }) => path.endsWith(".safetensors"));
  return {
    name,
    place,
    kind: "generating",
    modelType: config.model_type,
    dimension: config.hidden_size ?? null,
    maxTokens: config.max_position_embeddings ?? null,
    bits: config.quantization?.bits ?? null,
    bytes: weights.reduce((sum, file) => sum + file.bytes, 0),
    problem: weights.length > 0 ? null : "it has no weights (model*.safetensors)",
  };
}

/** Folders of an organisation in the model cache. */
function foldersBelow(folder: string, name: string): string[] {
  const dir = join(folder, name);
  if (existsSync(join(dir, "config.json"))) return [];
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}
