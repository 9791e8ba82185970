/** Which model the settings name, and the fingerprint of what it makes; the library and the weights stay unloaded. */
import { allInOrder } from "../core/all-in-order.ts";
import { assetHashes } from "../core/assets.ts";
import { UsageError } from "../core/errors.ts";
import { sha256, sha256File } from "../core/hash.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import { rememberedSha256 } from "../models/file-hash.ts";
import { findModel, modelName } from "../models/find.ts";
import { type ModelFolder, readModelFolder } from "../models/folder.ts";
import { loadArchitecture } from "../models/index.ts";
import type { ModelSettings } from "./config.ts";

export interface DescribedModel {
  folder: ModelFolder;
  description: EmbedderDescription;
  /** The architecture's configuration, as it was read. */
  config: unknown;
  /** The end of each vector is cut off. */
  cut: boolean;
  /** What is not as it should be, but works. */
  notes: string[];
}

export async function describeEmbedder(settings: ModelSettings): Promise<DescribedModel> {
  const { dir, embedded } = findModel(settings.model);
  const name = modelName(settings.model);
  const folder = await readModelFolder(dir, name);
  const factory = await loadArchitecture(folder.modelType, folder.configPath);
  const { config } = factory(folder.config, folder.configPath);
  const whole = folder.dense.at(-1)?.outputs ?? config.hidden_size;
  const dimension = settings.dim ?? whole;
  if (dimension > whole) {
    throw new UsageError(
      `--dim ${dimension} is more than the ${whole} numbers of the model's vectors`,
      `at most ${whole}`,
    );
  }
  const weightsSha256 = (embedded ? assetHashes["model/model.safetensors"] : undefined) ?? (await hashOf(folder));
  // The name is for people: the same files under another name make the same vectors.
  const shown = {
    modelType: folder.modelType,
    dimension,
    maxTokens: folder.maxTokens,
    pooling: folder.pooling,
    normalize: folder.normalize,
    dtype: settings.dtype ?? "float32",
    queryPrefix: folder.queryPrefix,
    documentPrefix: folder.documentPrefix,
    weightsSha256,
    tokenizerSha256: await sha256File(folder.tokenizerPath),
  };
  // Only where it is not BERT's usual way, so that older fingerprints hold.
  const decisive = {
    ...shown,
    ...(folder.includePrompt ? {} : { includePrompt: false }),
    ...(folder.dense.length > 0 ? { dense: folder.dense.map(({ activation }) => activation) } : {}),
    ...(folder.modelType === "bert" ? {} : { config }),
  };
  const cut = dimension < whole;
  const isDoubtful = cut && !folder.matryoshka;
  return {
    folder,
    description: { fingerprint: sha256(JSON.stringify(decisive)), name, ...shown },
    config,
    cut,
    notes: isDoubtful
      ? [`nothing says that ${name} was trained for shorter vectors: the first ${dimension} numbers may find less`]
      : [],
  };
}

/** One hash for the weights in all their files. */
async function hashOf({ weightFiles, dense }: ModelFolder): Promise<string> {
  const files = [...weightFiles, ...dense.map(({ weightsPath }) => weightsPath)];
  const hashes = await allInOrder(files.map((file) => rememberedSha256(file)));
  return hashes.length === 1 ? hashes[0]! : sha256(hashes.join("\n"));
}
