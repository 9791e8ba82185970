/** The classifiers of `curate` by name: steps that score and label a text; one static line each. */
import { defineRegistry } from "../../core/registry.ts";
import type { OpenStep } from "../step.ts";

/** Opens a classifier by its name. */
export const classifiers = defineRegistry<OpenStep>("classifier", {
  decontaminate: () => import("../decontaminate/decontaminate.ts"),
  language: () => import("./language.ts"),
  perplexity: () => import("./perplexity.ts"),
  toxicity: () => import("./toxicity.ts"),
});
