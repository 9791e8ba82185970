/** The contract of filters, over every entry of the registry that needs no model. */
import { join } from "node:path";
import { filters } from "../../../src/curate/filters/index.ts";
import { describeFilter } from "../../contracts/filter.ts";
import { CURATE_FIXTURES } from "../../support/frozen-documents.ts";

const settings = {
  badWords: join(CURATE_FIXTURES, "bad-words.txt"),
  urlBlocklist: join(CURATE_FIXTURES, "url-blocklist.txt"),
};

for (const name of filters.names) describeFilter(name, settings);
