/** Goal: every language keeps the contract, and the registry, the folder and the fixtures agree. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { codeLanguages } from "../../../src/ingest/chunkers/languages/index.ts";
import { grammarFiles } from "../../../src/ingest/chunkers/shared/tree-sitter/grammars.ts";
import { describeCodeLanguage } from "../../contracts/code-language.ts";

const folder = join(import.meta.dir, "../../../src/ingest/chunkers/languages");
const notLanguages = ["index.ts", "language.ts"];

for (const name of codeLanguages.names) describeCodeLanguage(name, () => codeLanguages.load(name));

test("every file of the folder is a registered language of that name", async () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !notLanguages.includes(name));
  expect(files.map((name) => name.replace(".ts", "")).sort()).toEqual([...codeLanguages.names].sort());
  for (const name of codeLanguages.names) expect((await codeLanguages.load(name)).name).toBe(name);
});

test("every grammar is some language's, and none is carried for nothing", async () => {
  const used = await Promise.all(codeLanguages.names.map(async (name) => (await codeLanguages.load(name)).grammar));
  expect([...new Set(used)].sort()).toEqual(Object.keys(grammarFiles).sort() as typeof used);
});
