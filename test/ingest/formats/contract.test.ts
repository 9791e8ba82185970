/** Every registered format keeps the contract; the registry, the folder and the fixtures name the same formats. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { formats } from "../../../src/ingest/formats/index.ts";
import { describeFormat, FORMAT_FIXTURES } from "../../contracts/format.ts";

setDefaultTimeout(300_000);

const FOLDER = join(import.meta.dir, "..", "..", "..", "src", "ingest", "formats");

test("folder, registry and fixtures name the same formats", () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".ts") && !["index.ts", "format.ts"].includes(file));
  const names = [...formats.names].sort();
  expect(files.map((file) => file.slice(0, -3)).sort()).toEqual(names);
  expect(readdirSync(FORMAT_FIXTURES).sort()).toEqual(names);
});

for (const name of formats.names) describeFormat(name);
