/** Which model the settings name, and the fingerprint of what it makes; the library and the weights stay unloaded. */
import { assetHashes } from "../core/assets.ts";
import { sha256, sha256File } from "../core/hash.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import { rememberedSha256 } from "../models/file-hash.ts";
import { findModel } from "../models/find.ts";
import { type ModelFolder, readModelFolder } from "../models/folder.ts";
import { loadArchitecture } from "../models/index.ts";
import type { EmbedSettings } from "./config.ts";

export interface DescribedModel {
  folder: ModelFolder;
  description: EmbedderDescription;
}

export async function describeEmbedder(settings: EmbedSettings): Promise<DescribedModel> {
  const { dir, embedded } = findModel(settings.model);
  const name = settings.model.split(/[/\\]/).findLast((part) => part !== "") ?? settings.model;
  const folder = await readModelFolder(dir, name);
  const factory = await loadArchitecture(folder.modelType, folder.configPath);
  const weightsSha256 =
    (embedded ? assetHashes["model/model.safetensors"] : undefined) ?? (await rememberedSha256(folder.weightsPath));
  // The name is for people: the same files under another name make the same vectors.
  const decisive = {
    modelType: folder.modelType,
    dimension: factory(folder.config, folder.configPath).config.hidden_size,
    maxTokens: folder.maxTokens,
    pooling: folder.pooling,
    normalize: folder.normalize,
    dtype: "float32",
    queryPrefix: folder.queryPrefix,
    documentPrefix: folder.documentPrefix,
    weightsSha256,
    tokenizerSha256: await sha256File(folder.tokenizerPath),
  };
  return { folder, description: { fingerprint: sha256(JSON.stringify(decisive)), name, ...decisive } };
}
