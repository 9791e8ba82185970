/** `model share-card`: the README.md with which a model's folder can be shared. */
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import * as v from "valibot";
import { MdpError, UsageError } from "../core/errors.ts";
import { type Card, type CardFacts, cardBody, cardKeys, cardText, readCard } from "../models/hub/card.ts";
import { parseModelId } from "../models/hub/names.ts";
import { decoders, encoders } from "../models/index.ts";
import { readJson, readOptionalJson } from "../models/json.ts";

export interface ShareCardRequest {
  /** The model's folder. */
  dir: string;
  /** Under which name it is shared; by default the folder's. */
  name?: string | undefined;
  /** Id of the model that it was made of; by default that of the card or the configuration. */
  baseModel?: string | undefined;
  /** Replace a card that has a text. */
  overwrite?: boolean | undefined;
}

export interface ShareCardReport {
  path: string;
  name: string;
  keys: Card["keys"];
}

const Config = v.looseObject({
  model_type: v.string(),
  _name_or_path: v.optional(v.unknown()),
  max_position_embeddings: v.nullish(v.number()),
  quantization: v.nullish(
    v.looseObject({ bits: v.number(), group_size: v.number(), mode: v.optional(v.string(), "affine") }),
  ),
});
const Index = v.object({ metadata: v.nullish(v.object({ total_parameters: v.nullish(v.number()) })) });

/** Writes README.md. @throws MdpError for a folder without a model, or whose card would be lost */
export async function shareCard({ dir, name, baseModel, overwrite }: ShareCardRequest): Promise<ShareCardReport> {
  const path = join(dir, "README.md");
  const before = readCard(path);
  // A card of keys alone is what convert leaves.
  if (before.text !== "" && !overwrite) {
    throw new MdpError({
      code: "exists",
      message: "the model has a card with a text",
      where: path,
      hint: "add --overwrite to replace the text; its keys are kept",
    });
  }
  const facts = await factsOf(dir, before, name, baseModel);
  const keys = cardKeys(before.keys, facts);
  await Bun.write(path, cardText({ keys, text: cardBody(facts) }));
  return { path, name: facts.name, keys };
}

async function factsOf(dir: string, before: Card, name = basename(resolve(dir)), given?: string): Promise<CardFacts> {
  for (const [flag, id] of [
    ["name", name],
    ["base-model", given],
  ] as const) {
    if (id === undefined || parseModelId(id) !== undefined) continue;
    throw new UsageError(`--${flag} "${id}" is not a name on the hub`, "write ORGANISATION/NAME");
  }
  const configPath = join(dir, "config.json");
  const config = await readJson(configPath, Config);
  const kind = decoders.has(config.model_type) && !existsSync(join(dir, "modules.json")) ? "generating" : "embedding";
  if (kind === "embedding" && !encoders.has(config.model_type)) {
    throw new MdpError({
      code: "model-unsupported",
      message: `model type "${config.model_type}" is not supported`,
      where: configPath,
      hint: `supported: ${[...decoders.names, ...encoders.names].join(", ")}`,
    });
  }
  const index = await readOptionalJson(join(dir, "model.safetensors.index.json"), Index);
  const { quantization } = config;
  return {
    name,
    modelType: config.model_type,
    kind,
    baseModel: given ?? originOf(before.keys.base_model) ?? originOf(config._name_or_path),
    parameters: index?.metadata?.total_parameters ?? undefined,
    maxTokens: config.max_position_embeddings ?? undefined,
    quantization: quantization
      ? { bits: quantization.bits, groupSize: quantization.group_size, mode: quantization.mode }
      : undefined,
  };
}

/** Only what is an id of the hub: a path of this machine is nobody's business. */
function originOf(value: unknown): string | undefined {
  return typeof value === "string" && value.includes("/") && parseModelId(value) !== undefined ? value : undefined;
}
