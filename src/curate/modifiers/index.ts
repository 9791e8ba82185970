/** All modifiers: steps that change a document's text and drop nothing. One line per entry. */
import { defineRegistry } from "../../core/registry.ts";
import type { OpenStep } from "../step.ts";

export const modifiers = defineRegistry<OpenStep>("modifier", {
  unicode: () => import("./unicode.ts"),
  boilerplate: () => import("./boilerplate.ts"),
  pii: () => import("./pii.ts"),
});
