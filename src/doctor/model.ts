/** The model: found, loaded, and a sentence embedded with it. */
import { openEmbedder } from "../embed/embedder.ts";
import type { CheckContext, CheckResult } from "./check.ts";

/** Rounding of a float32 sum over some hundred squares. */
const NORM_TOLERANCE = 1e-4;

export default async function model({ settings }: CheckContext): Promise<CheckResult> {
  const opened = performance.now();
  using embedder = await openEmbedder(settings.embed);
  const loaded = performance.now();
  const { vectors } = await embedder.embed(["A sentence that every model can read."], "document");
  const done = performance.now();
  const { name, modelType, dimension, maxTokens, normalize, fingerprint } = embedder.description;
  const norm = Math.sqrt(vectors.reduce((sum, value) => sum + value * value, 0));
  const good = Number.isFinite(norm) && (normalize ? Math.abs(norm - 1) < NORM_TOLERANCE : norm > 0);
  const times = `loaded in ${Math.round(loaded - opened)} ms, a sentence in ${Math.round(done - loaded)} ms`;
  const what = `${name} (${modelType}, ${dimension} dimensions, up to ${maxTokens} tokens), fingerprint ${fingerprint.slice(0, 12)}`;
  if (good) return { ok: true, detail: `${what}, ${times}` };
  const hint = "the weights or the library are damaged; put the model in place again and look at the library below";
  return { ok: false, detail: `${what}: the vector of a sentence has length ${norm}`, hint };
}
