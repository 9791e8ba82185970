/** The contract of classifiers, over every entry of the registry. */
import { join } from "node:path";
import type * as v from "valibot";
import { classifiers } from "../../../src/curate/classifiers/index.ts";
import type { CurateSettings } from "../../../src/curate/config.ts";
import { describeClassifier } from "../../contracts/classifier.ts";

const FIXTURES = join(import.meta.dir, "../../../fixtures/curate");

/** What an entry needs before it opens. */
const settings: Record<string, v.InferInput<typeof CurateSettings>> = {
  decontaminate: { decontaminate: [join(FIXTURES, "languages.jsonl")] },
  language: { languages: ["en"] },
  perplexity: { perplexityModel: join(FIXTURES, "../models/ngram/guide.arpa") },
  toxicity: { toxicity: "score" },
};

for (const name of classifiers.names) describeClassifier(name, settings[name]);
