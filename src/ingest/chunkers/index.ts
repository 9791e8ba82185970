/** The chunkers, and which of them a kind of document takes. */
import { defineRegistry } from "../../core/registry.ts";
import type { Chunker } from "./chunker.ts";

export const chunkers = defineRegistry<Chunker>("chunker", {
  code: () => import("./code.ts"),
  entries: () => import("./entries.ts"),
  keys: () => import("./keys.ts"),
  markdown: () => import("./markdown.ts"),
  rows: () => import("./rows.ts"),
  statement: () => import("./statement.ts"),
  text: () => import("./text.ts"),
  titled: () => import("./titled.ts"),
});

const byKind: Readonly<Record<string, string>> = {
  markdown: "markdown",
  html: "markdown",
  pdf: "markdown",
  doc: "markdown",
  docx: "markdown",
  eml: "markdown",
  epub: "markdown",
  mbox: "markdown",
  opendocument: "markdown",
  pptx: "markdown",
  ipynb: "markdown",
  org: "markdown",
  tex: "markdown",
  asciidoc: "titled",
  rst: "titled",
  text: "titled",
  csv: "rows",
  tsv: "rows",
  json: "rows",
  ods: "rows",
  xls: "rows",
  xlsx: "rows",
  jsonl: "rows",
  parquet: "rows",
  yaml: "keys",
  toml: "keys",
  log: "entries",
  code: "code",
};

/** Name of the chunker for documents of a kind (the name of the format that read them). */
export function chunkerFor(kind: string): string {
  return Object.hasOwn(byKind, kind) ? byKind[kind]! : "text";
}
