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
  "mysql-slow": () => import("./mysql-slow.ts"),
  parquet: () => import("./parquet.ts"),
  pdf: () => import("./pdf.ts"),
  "pg-log": () => import("./pg-log.ts"),
  rst: () => import("./rst.ts"),
  sql: () => import("./sql.ts"),
  "sql-jsonl": () => import("./sql-jsonl.ts"),
  "sqlite-trace": () => import("./sqlite-trace.ts"),
  text: () => import("./text.ts"),
  xml: () => import("./xml.ts"),
});
