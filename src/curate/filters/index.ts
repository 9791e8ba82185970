/** The filters, by name: each keeps or drops a document by measures of its text. */
import { defineRegistry } from "../../core/registry.ts";
import type { CurateSettings } from "../config.ts";
import type { OpenStep } from "../step.ts";
import { checkThresholdSteps } from "./shared/thresholds.ts";

export const filters = defineRegistry<OpenStep>("filter", {
  "bad-words": () => import("./bad-words.ts"),
  "c4-badwords": () => import("./c4-badwords.ts"),
  "c4-quality@datatrove": () => import("./c4-quality-datatrove.ts"),
  "c4-quality@fineweb": () => import("./c4-quality-fineweb.ts"),
  "c4-quality@tfds": () => import("./c4-quality-tfds.ts"),
  "curator-english": () => import("./curator-english.ts"),
  "fineweb-quality@datatrove": () => import("./fineweb-quality-datatrove.ts"),
  "gopher-quality@datatrove": () => import("./gopher-quality-datatrove.ts"),
  "gopher-repetition@datatrove": () => import("./gopher-repetition-datatrove.ts"),
  "gopher@dolma": () => import("./gopher-dolma.ts"),
  length: () => import("./length.ts"),
  "special-chars": () => import("./special-chars.ts"),
  "unique-words": () => import("./unique-words.ts"),
  url: () => import("./url.ts"),
  words: () => import("./words.ts"),
});

/** Refuses changed limits of filters that do not exist; each filter refuses limits that it does not have. */
export function checkThresholds({ thresholds }: Pick<CurateSettings, "thresholds">): void {
  checkThresholdSteps(thresholds, filters.names);
}
