/** Prose and data: everything that no other engine takes. */
import type { EngineKind } from "./engine.ts";

const documents: EngineKind = {
  name: "documents",
  aliases: ["md", "document", "docs"],
  formats: [],
  mapper: "document",
  joins: true,
  presets: {},
};

export default documents;
