/** Filters that are named after datatrove against datatrove itself, on the frozen documents. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import * as v from "valibot";
import { sha256 } from "../../../src/core/hash.ts";
import { CurateSettings } from "../../../src/curate/config.ts";
import { filters } from "../../../src/curate/filters/index.ts";
import { wordsOf } from "../../../src/curate/shared/text/words.ts";
import { curatedOf } from "../../support/curated.ts";
import { CURATE_FIXTURES, frozenDocuments, golden } from "../../support/frozen-documents.ts";

interface Golden {
  versions: Record<string, string>;
  filters: Record<string, { reasons: string[]; decisions: number[]; rewritten?: string[] }>;
  words: [count: number, hash: string][];
}

const expectedOf = await golden<Golden>("datatrove-filters.json");
const documents = await frozenDocuments();
const settings = v.parse(CurateSettings, {
  badWords: join(CURATE_FIXTURES, "bad-words.txt"),
  urlBlocklist: join(CURATE_FIXTURES, "url-blocklist.txt"),
});

/** Our reasons in datatrove's words. */
const reasons: Record<string, Record<string, string>> = {
  "gopher-quality@datatrove": {
    "too-few-words": "gopher_short_doc",
    "too-many-words": "gopher_long_doc",
    "words-too-short": "gopher_below_avg_threshold",
    "words-too-long": "gopher_above_avg_threshold",
    "too-many-hashes": "gopher_too_many_hashes",
    "too-many-ellipses": "gopher_too_many_ellipsis",
    "too-many-bullet-lines": "gopher_too_many_bullets",
    "too-many-ellipsis-lines": "gopher_too_many_end_ellipsis",
    "too-few-alphabetic-words": "gopher_below_alpha_threshold",
    "too-few-stop-words": "gopher_enough_stop_words",
  },
  "gopher-repetition@datatrove": {
    empty: "empty",
    "duplicate-paragraphs": "dup_para_frac",
    "duplicate-paragraph-characters": "dup_para_char_frac",
    "duplicate-lines": "dup_line_frac",
    "duplicate-line-characters": "dup_line_char_frac",
    ...Object.fromEntries([2, 3, 4].map((n) => [`top-${n}-grams`, `top_${n}_gram`])),
    ...Object.fromEntries([5, 6, 7, 8, 9, 10].map((n) => [`duplicate-${n}-grams`, `duplicated_${n}_n_grams`])),
  },
  "c4-quality@datatrove": {
    "lorem-ipsum": "lorem_ipsum",
    "curly-bracket": "curly_bracket",
    "too-few-sentences": "too_few_sentences",
  },
  "fineweb-quality@datatrove": {
    empty: "empty",
    "too-few-punctuated-lines": "line_punct_ratio",
    "too-many-short-lines": "short_line_ratio",
    "duplicate-line-characters": "char_dup_ratio",
    "too-many-newlines": "list_ratio",
  },
  "c4-badwords": { "bad-word": "document_removed_with_badwords" },
  url: {
    domain: "domain",
    url: "url",
    word: "hard_blacklisted",
    "soft-words": "soft_blacklisted",
    subword: "blacklisted_subword",
  },
};
reasons["c4-quality@fineweb"] = reasons["c4-quality@datatrove"]!;

describe(`parity with datatrove ${expectedOf.versions.datatrove} and spaCy ${expectedOf.versions.spacy}`, () => {
  for (const [name, expected] of Object.entries(expectedOf.filters)) {
    test(`${name} keeps and drops the same documents for the same reasons`, async () => {
      const step = await (await filters.load(name))(settings);
      const differences: string[] = [];
      let kept = 0;
      for (const [index, { id, url, text }] of documents.entries()) {
        const item = curatedOf(text, { url });
        const drop = step.apply(item);
        const reason = expected.reasons[expected.decisions[index]! - 1] ?? "kept";
        // Which of the two a domain of the list is, the public suffix list decides there.
        const theirs = reason === "subdomain" ? "domain" : reason;
        const ours = drop ? (reasons[name]![drop.reason] ?? drop.reason) : "kept";
        if (ours !== theirs) differences.push(`${id}: ${ours} (${drop?.score}), theirs ${theirs}`);
        if (theirs !== "kept" || !expected.rewritten) continue;
        const hash = expected.rewritten[kept++]!;
        if (ours === "kept" && shortHash(item.text) !== hash) differences.push(`${id}: another text is left`);
      }
      expect(differences).toEqual([]);
    });

    test(`${name} has enough documents of both kinds to differ on`, () => {
      const dropped = expected.decisions.filter((decision) => decision > 0).length;
      expect(dropped).toBeGreaterThan(documents.length / 6);
      expect(documents.length - dropped).toBeGreaterThan(documents.length / 6);
    });
  }

  test("words are those of spaCy's English tokenizer", () => {
    const differences: string[] = [];
    for (const [index, { id, text }] of documents.entries()) {
      const { ids, count, stretches } = wordsOf(text);
      const words = Array.from(ids.subarray(0, count), (word) => stretches.table.textOf(word));
      const [theirs, hash] = expectedOf.words[index]!;
      if (count !== theirs || shortHash(words.join("\n")) !== hash)
        differences.push(`${id}: ${count}, theirs ${theirs}`);
    }
    expect(differences).toEqual([]);
  });
});

function shortHash(text: string): string {
  return sha256(text).slice(0, 8);
}
