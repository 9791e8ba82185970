/** Where the texts lie that the search for copies compares: the run's own, then those of earlier corpora. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "./layout.ts";
import type { DocumentFolder } from "./staged.ts";

const pathOf = (layout: Layout) => join(layout.staging, "compared.json");

export function writeCompared(layout: Layout, folders: readonly DocumentFolder[]): void {
  writeFileSync(pathOf(layout), JSON.stringify(folders));
}

export function readCompared(layout: Layout): DocumentFolder[] {
  return JSON.parse(readFileSync(pathOf(layout), "utf8")) as DocumentFolder[];
}
