/** The contract of filters, over every entry of the registry that needs no model. */
import { join } from "node:path";
import { filters } from "../../../src/curate/filters/index.ts";
import { describeFilter } from "../../contracts/filter.ts";

const FIXTURES = join(import.meta.dir, "../../../fixtures/curate");
const settings = { badWords: join(FIXTURES, "bad-words.txt"), urlBlocklist: join(FIXTURES, "url-blocklist.txt") };

for (const name of filters.names) describeFilter(name, settings);
