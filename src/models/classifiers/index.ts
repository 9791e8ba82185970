/** The sequence classifiers by `model_type`; one static line each. */
import { defineRegistry } from "../../core/registry.ts";
import type { ClassifierArchitecture } from "./classifier.ts";

/** Their heads, and how their encoders differ from BERT's. */
export const classifierArchitectures = defineRegistry<ClassifierArchitecture>("classifier model type", {
  bert: () => import("./bert.ts"),
  distilbert: () => import("./distilbert.ts"),
  roberta: () => import("./roberta.ts"),
  "xlm-roberta": () => import("./roberta.ts"),
});
