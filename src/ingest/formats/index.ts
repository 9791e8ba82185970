/** The formats, by name. */
import { defineRegistry } from "../../core/registry.ts";
import type { Format } from "./format.ts";

export { type Detected, detectFormat } from "./shared/detect.ts";

export const formats = defineRegistry<Format>("format", {
  code: () => import("./code.ts"),
  csv: () => import("./csv.ts"),
  html: () => import("./html.ts"),
  json: () => import("./json.ts"),
  jsonl: () => import("./jsonl.ts"),
  markdown: () => import("./markdown.ts"),
  parquet: () => import("./parquet.ts"),
  pdf: () => import("./pdf.ts"),
  rst: () => import("./rst.ts"),
  text: () => import("./text.ts"),
  xml: () => import("./xml.ts"),
});
