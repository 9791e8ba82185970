/** Settings as they are without flags, files or environment; without the cache of vectors, so that counts are of the run alone. */
import * as v from "valibot";
import { Settings } from "../../src/config/schema.ts";

export function loadSettings(): Settings {
  return v.parse(Settings, { ingest: {}, embed: { vectorCacheBytes: 0 }, store: {}, search: {} });
}
