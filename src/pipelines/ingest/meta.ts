/** Names under which the state keeps facts of one engine. */
import type { State } from "../../manifest/state.ts";
import { DEFAULT_ENGINE } from "../engines/config.ts";

/** `index` of the default engine, whose facts were there before there were others; `index.code` of another. */
export function metaKey(fact: "index" | "model" | "vectors" | "vectorType", engine: string): string {
  return engine === DEFAULT_ENGINE ? fact : `${fact}.${engine}`;
}

/** Whether rows of an engine may be without vectors. */
export function mayWait(state: State, engine: string): boolean {
  return state.meta(metaKey("vectors", engine)) === "due";
}
