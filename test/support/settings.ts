/** Settings as they are without flags, files or environment. */
import * as v from "valibot";
import { Settings } from "../../src/config/schema.ts";

export function loadSettings(): Settings {
  return v.parse(Settings, { ingest: {}, embed: {}, store: {}, search: {} });
}
