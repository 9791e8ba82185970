/** The formats, by name. */
import { defineRegistry } from "../../core/registry.ts";
import type { Format } from "./format.ts";

export { type Detected, detectFormat } from "./shared/detect.ts";

export const formats = defineRegistry<Format>("format", {
  code: () => import("./code.ts"),
  markdown: () => import("./markdown.ts"),
  text: () => import("./text.ts"),
});
