/** Source code: passages are functions, classes and their members, with their names and signatures in columns. */
import type { EngineKind } from "./engine.ts";

const code: EngineKind = {
  name: "code",
  aliases: ["source"],
  formats: ["code"],
  mapper: "code",
  model: "bigcode/starencoder",
  presets: { overlapTokens: 0 },
};

export default code;
