/** Whether a folder's model makes vectors or text: several types are known as both. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { familyOf } from "./families.ts";
import { decoders, encoders } from "./index.ts";

export type ModelKind = "embedding" | "generating";

/**
 * A type that both do makes vectors where the folder says how (`modules.json`) or the name is that of a known embedding
 * model. @param names how the model is called, here and by its makers
 */
export function modelKind(modelType: string, dir: string, ...names: readonly (string | undefined)[]): ModelKind {
  if (!encoders.has(modelType)) return "generating";
  if (!decoders.has(modelType)) return "embedding";
  const says = existsSync(join(dir, "modules.json")) && !existsSync(join(dir, "1_LogitScore"));
  return says || familyOf(...names) ? "embedding" : "generating";
}
