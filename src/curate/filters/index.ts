/** The filters, by name: each keeps or drops a document by measures of its text. */
import { defineRegistry } from "../../core/registry.ts";
import type { CurateSettings } from "../config.ts";
import type { OpenStep, Step } from "../step.ts";
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

/** The filters of the settings, in their order; a `UsageError` names filters and thresholds that do not exist. */
export async function openFilters(settings: CurateSettings): Promise<Step[]> {
  checkThresholdSteps(settings.thresholds, filters.names);
  const steps: Step[] = [];
  for (const name of settings.filters) steps.push(await (await filters.load(name))(settings));
  return steps;
}
