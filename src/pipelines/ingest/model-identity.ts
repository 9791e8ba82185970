/** What tells one embedding model from another without loading it. */
import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { rememberedSha256 } from "../../models/file-hash.ts";

const WEIGHTS = "model.safetensors";

/** A name is itself; a folder may hold another model tomorrow, such as one that was trained anew. */
export async function modelIdentity(model: string): Promise<string> {
  const isPath = isAbsolute(model) || /^\.\.?[\\/]/.test(model);
  const weights = resolve(model, WEIGHTS);
  return isPath && existsSync(weights) ? `${model} ${await rememberedSha256(weights)}` : model;
}
