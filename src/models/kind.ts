/** Whether a folder's model makes vectors, text, or scores of texts: several types are known for more than one. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { familyOf } from "./families.ts";
import { decoders, encoders } from "./index.ts";
import { isYesNoName } from "./reranker-folder.ts";

/** `scoring` are classifiers and rerankers. */
export type ModelKind = "embedding" | "generating" | "scoring";

export interface KindFacts {
  modelType: string;
  dir: string;
  /** Classes in transformers, of `config.json`. */
  architectures?: readonly string[] | null | undefined;
  /** How the model is called, here and by its makers. */
  names: readonly string[];
}

/**
 * A type that both encoders and decoders know makes vectors where the folder says how (`modules.json`) or the name is that
 * of a known embedding model.
 */
export function modelKind({ modelType, dir, architectures, names }: KindFacts): ModelKind {
  const isScoring = architectures?.some((name) => name.endsWith("ForSequenceClassification"));
  if (encoders.has(modelType) && (isScoring || existsSync(join(dir, "1_LogitScore")))) return "scoring";
  if (modelType === "qwen3" && names.some(isYesNoName)) return "scoring";
  if (!encoders.has(modelType)) return "generating";
  if (!decoders.has(modelType)) return "embedding";
  return existsSync(join(dir, "modules.json")) || familyOf(...names) ? "embedding" : "generating";
}
