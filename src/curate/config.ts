/** Settings of `curate`: which documents are kept, and how their text is changed. */
import * as v from "valibot";

const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const list = v.array(v.string());

export const presetNames = ["none", "small", "production", "fineweb", "gopher", "c4", "multimodal"] as const;
export const documentFormats = ["jsonl", "parquet"] as const;
export const piiActions = ["redact", "replace", "tag", "off"] as const;

/** Without a preset's values every filter and modifier is off; `--preset small` is the default. */
export const CurateSettings = v.strictObject({
  preset: v.optional(
    v.pipe(v.picklist(presetNames), v.description("Settings to start from; what is given beside it wins.")),
    "small",
  ),
  filters: v.optional(
    v.pipe(list, v.description("Filters in the order in which they run, e.g. gopher-quality@datatrove.")),
    [],
  ),
  without: v.optional(
    v.pipe(
      list,
      v.description("Steps of the preset to leave out: filters, modifiers, pii, toxicity, ways of finding copies."),
    ),
    [],
  ),
  thresholds: v.optional(
    v.pipe(list, v.description("Changed limits of filters, e.g. gopher-quality@datatrove.minWords=30.")),
    [],
  ),
  minChars: v.optional(v.pipe(count(0), v.description("Shortest text of the filter length, in characters.")), 50),
  maxChars: v.optional(v.pipe(count(1), v.description("Longest text of the filter length, in characters.")), 100_000),
  minWords: v.optional(v.pipe(count(0), v.description("Fewest words of the filter words.")), 10),
  maxWords: v.optional(v.pipe(count(1), v.description("Most words of the filter words.")), 50_000),
  minUniqueWords: v.optional(
    v.pipe(share, v.description("Smallest share of different words, filter unique-words.")),
    0.1,
  ),
  maxSpecialChars: v.optional(
    v.pipe(share, v.description("Largest share of characters that are neither letters, digits nor spaces.")),
    0.3,
  ),
  languages: v.optional(
    v.pipe(list, v.description("Languages that the filter language keeps, ISO 639-1; empty keeps all, labelled.")),
    [],
  ),
  minLanguageScore: v.optional(v.pipe(share, v.description("Certainty that the filter language asks for.")), 0.65),
  languageModel: v.optional(
    v.pipe(v.string(), v.description("A fastText language model (lid.176.bin or .ftz) instead of the built-in one.")),
  ),
  urlBlocklist: v.optional(v.pipe(v.string(), v.description("File of domains, URLs or words to refuse, one a line."))),
  badWords: v.optional(v.pipe(v.string(), v.description("File of words for the bad-words filter, one a line."))),
  perplexityModel: v.optional(
    v.pipe(v.string(), v.description("N-gram model (ARPA, KenLM's text format) for the filter perplexity.")),
  ),
  maxPerplexity: v.optional(v.pipe(v.number(), v.minValue(1), v.description("Largest perplexity to keep.")), 1_000),
  modifiers: v.optional(v.pipe(list, v.description("Changes of the text, in order: unicode, boilerplate.")), []),
  pii: v.optional(
    v.pipe(v.picklist(piiActions), v.description("What becomes of personal data; it is looked for last of all.")),
    "off",
  ),
  piiKinds: v.optional(
    v.pipe(
      list,
      v.description(
        "Personal data to look for: email, phone, ssn, national-id, card, iban, ip, address, secret; empty means all.",
      ),
    ),
    [],
  ),
  piiKey: v.optional(
    v.pipe(v.string(), v.description("Secret from which the fake values of pii=replace are made.")),
    "mdp",
  ),
  toxicity: v.optional(
    v.pipe(
      v.picklist(["off", "score", "drop"]),
      v.description("Whether texts are scored for toxicity, and toxic ones dropped."),
    ),
    "off",
  ),
  toxicityModel: v.optional(
    v.pipe(
      v.string(),
      v.description(
        "Classifier for toxicity, a BERT folder or a fastText file; by default a word list that only scores.",
      ),
    ),
  ),
  maxToxicity: v.optional(v.pipe(share, v.description("Largest toxicity to keep.")), 0.7),
  qualityModel: v.optional(
    v.pipe(v.string(), v.description("Classifier for quality, a BERT folder or a fastText file.")),
  ),
  minQuality: v.optional(v.pipe(share, v.description("Smallest quality to keep.")), 0.5),
  decontaminate: v.optional(
    v.pipe(
      list,
      v.description("Benchmark files (JSONL, JSON, CSV, text; also .gz) whose 13-grams must not occur in the data."),
    ),
    [],
  ),
  decontaminateAction: v.optional(
    v.pipe(v.picklist(["drop", "tag"]), v.description("What becomes of a document that holds benchmark text.")),
    "drop",
  ),
  decontaminateNgram: v.optional(v.pipe(count(3), v.description("Words of one n-gram of a benchmark.")), 13),
  documentFormat: v.optional(
    v.pipe(v.picklist(documentFormats), v.description("Format of the documents that come out.")),
    "jsonl",
  ),
  keepExcluded: v.optional(v.pipe(v.boolean(), v.description("Write dropped documents to excluded/.")), false),
});
export type CurateSettings = v.InferOutput<typeof CurateSettings>;
