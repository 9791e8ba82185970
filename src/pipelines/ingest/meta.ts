/** Names under which the state keeps facts of one engine. */
import { DEFAULT_ENGINE } from "../engines/config.ts";

/** `index` of the default engine, whose facts were there before there were others; `index.code` of another. */
export function metaKey(fact: "index" | "model", engine: string): string {
  return engine === DEFAULT_ENGINE ? fact : `${fact}.${engine}`;
}
