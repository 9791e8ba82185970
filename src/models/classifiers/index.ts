/** The sequence classifiers by `model_type`; one static line each. */
import { defineRegistry } from "../../core/registry.ts";
import type { ClassifierArchitecture } from "./classifier.ts";

/** Their heads; the encoder below is that of the same type. */
export const classifierArchitectures = defineRegistry<ClassifierArchitecture>("classifier model type", {
  bert: () => import("./bert.ts"),
  distilbert: () => import("./distilbert.ts"),
  gte: () => import("./bert.ts"),
  modernbert: () => import("./modernbert.ts"),
  mpnet: () => import("./roberta.ts"),
  new: () => import("./bert.ts"),
  nomic_bert: () => import("./bert.ts"),
  roberta: () => import("./roberta.ts"),
  "xlm-roberta": () => import("./roberta.ts"),
});
