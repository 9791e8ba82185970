/** The contract of filters, over every entry of the registry. */
import { filters } from "../../../src/curate/filters/index.ts";
import { describeFilter } from "../../contracts/filter.ts";

for (const name of filters.names) describeFilter(name);
