/** The kinds of engines, by name. */
import { defineRegistry } from "../../core/registry.ts";
import type { EngineKind } from "./engine.ts";

export type { Engine, EngineKind, EngineSearch, Gatherer } from "./engine.ts";

export const engineKinds = defineRegistry<EngineKind>("type of engine", {
  documents: () => import("./documents.ts"),
  code: () => import("./code.ts"),
  sql: () => import("./sql.ts"),
});
