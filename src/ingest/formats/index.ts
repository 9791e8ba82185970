/** The formats, by name. */
import { defineRegistry } from "../../core/registry.ts";
import type { Format } from "./format.ts";

export { type Detected, detectFormat } from "./shared/detect.ts";

export const formats = defineRegistry<Format>("format", {
  asciidoc: () => import("./asciidoc.ts"),
  code: () => import("./code.ts"),
  csv: () => import("./csv.ts"),
  doc: () => import("./doc.ts"),
  docx: () => import("./docx.ts"),
  eml: () => import("./eml.ts"),
  epub: () => import("./epub.ts"),
  html: () => import("./html.ts"),
  ipynb: () => import("./ipynb.ts"),
  json: () => import("./json.ts"),
  jsonl: () => import("./jsonl.ts"),
  log: () => import("./log.ts"),
  markdown: () => import("./markdown.ts"),
  mbox: () => import("./mbox.ts"),
  "mysql-slow": () => import("./mysql-slow.ts"),
  ods: () => import("./ods.ts"),
  opendocument: () => import("./opendocument.ts"),
  org: () => import("./org.ts"),
  parquet: () => import("./parquet.ts"),
  pdf: () => import("./pdf.ts"),
  "pg-log": () => import("./pg-log.ts"),
  pptx: () => import("./pptx.ts"),
  rst: () => import("./rst.ts"),
  sql: () => import("./sql.ts"),
  "sql-jsonl": () => import("./sql-jsonl.ts"),
  "sqlite-trace": () => import("./sqlite-trace.ts"),
  subtitles: () => import("./subtitles.ts"),
  tar: () => import("./tar.ts"),
  tex: () => import("./tex.ts"),
  text: () => import("./text.ts"),
  toml: () => import("./toml.ts"),
  xls: () => import("./xls.ts"),
  xlsx: () => import("./xlsx.ts"),
  xml: () => import("./xml.ts"),
  yaml: () => import("./yaml.ts"),
  zip: () => import("./zip.ts"),
});
