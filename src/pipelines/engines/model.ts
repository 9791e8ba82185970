/** Which embedding model an engine works with. */
import { MdpError, messageOf } from "../../core/errors.ts";
import type { EmbedderDescription } from "../../core/ports.ts";
import { type EmbedSettings, NAMED_BY } from "../../embed/config.ts";
import { describeEmbedder } from "../../embed/describe.ts";
import type { Engine } from "./engine.ts";

export interface ModelChoice {
  settings: EmbedSettings;
  /** Why it is not the model that suits the engine best; null when it is. */
  note: string | null;
}

/**
 * The model that was asked for; else the one of the engine's kind when it is at hand; else the common one. An engine
 * that has a table stays with the model that wrote it.
 */
export async function chooseModel(
  engine: Engine,
  settings: EmbedSettings,
  stored: EmbedderDescription | null,
): Promise<ModelChoice> {
  const { model, keyFrom, named } = engine;
  if (model !== undefined) {
    return { settings: { ...settings, model, ...(keyFrom ? { keyFrom } : {}), [NAMED_BY]: named }, note: null };
  }
  const best = engine.kind.model;
  if (best === undefined) return { settings, note: null };
  const preferred = { ...settings, model: best };
  const found = await describeEmbedder(preferred).then(
    ({ description }) => description,
    (error: unknown) => {
      if (error instanceof MdpError) return error;
      throw error;
    },
  );
  const suits = !(found instanceof MdpError);
  if (suits && (stored === null || stored.fingerprint === found.fingerprint))
    return { settings: preferred, note: null };
  const why = suits
    ? "was not at hand when its table was made"
    : found.code === "model-not-found"
      ? "is in no model cache"
      : `cannot be used: ${messageOf(found)}`;
  const note = `the engine "${engine.name}" works with ${settings.model}: the model made for it, ${best}, ${why}`;
  return { settings, note };
}
