/** `curator-english` and `gopher@dolma` against NeMo Curator and dolma themselves, on the frozen documents. */
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { CurateSettings } from "../../../src/curate/config.ts";
import { filters } from "../../../src/curate/filters/index.ts";
import { curatedOf } from "../../support/curated.ts";
import { frozenDocuments, golden } from "../../support/frozen-documents.ts";

interface Golden {
  versions: Record<string, string>;
  every: number;
  curator: { filters: string[]; decisions: number[]; scores: (number | null)[][] };
  dolma: { keys: string[]; scores: (number | null)[][] };
}

const expected = await golden<Golden>("heuristic-filters.json");
const documents = await frozenDocuments();
const settings = v.parse(CurateSettings, {});

/** Our measures in the order of Curator's filters, and the reasons that stand for them. */
const curator: [measure: string, ...reasons: string[]][] = [
  ["nonAlphanumeric", "too-many-marks"],
  ["symbolWords", "too-many-symbol-words"],
  ["digits", "too-many-digits"],
  ["urls", "too-many-urls"],
  ["spaces", "too-many-spaces"],
  ["parentheses", "too-many-parentheses"],
  ["boilerplate", "boilerplate"],
  ["uniqueLines", "repeated-lines"],
  ["uniqueParagraphs", "repeated-paragraphs"],
  ["uniqueLineChars", "repeated-line-characters"],
  ["uniqueParagraphChars", "repeated-paragraph-characters"],
  ["words", "too-few-words", "too-many-words"],
  ["unfinishedLines", "too-many-unfinished-lines"],
  ["alphaWords", "too-few-alphabetic-words"],
  ["commonWords", "too-few-common-words"],
  ["wordLength", "words-too-short", "words-too-long"],
  ["longestWord", "word-too-long"],
  ["ellipsisLines", "too-many-ellipsis-lines"],
  ...[2, 3, 4].map((n): [string, string] => [`top${n}grams`, `top-${n}-grams`]),
  ...[5, 6, 7, 8, 9, 10].map((n): [string, string] => [`duplicate${n}grams`, `duplicate-${n}-grams`]),
  ["bulletLines", "too-many-bullet-lines"],
];

const dolma: Record<string, string> = {
  word_count: "words",
  median_word_length: "wordLength",
  symbol_to_word_ratio: "symbols",
  fraction_of_words_with_alpha_character: "alphaWords",
  required_word_count: "stopWords",
  fraction_of_lines_starting_with_bullet_point: "bulletLines",
  fraction_of_lines_ending_with_ellipsis: "ellipsisLines",
  fraction_of_duplicate_lines: "duplicateLines",
  fraction_of_characters_in_duplicate_lines: "duplicateLineChars",
  ...Object.fromEntries([2, 3, 4].map((n) => [`top${n}`, `top${n}grams`])),
  ...Object.fromEntries([5, 6, 7, 8, 9, 10].map((n) => [`duplicate${n}`, `duplicate${n}grams`])),
};

async function scoresOf(name: string) {
  const step = await (await filters.load(name))(settings);
  return documents.map(({ text }) => {
    const item = curatedOf(text);
    return { drop: step.apply(item), scores: item.scores };
  });
}

describe(`parity with NeMo Curator ${expected.versions["nemo-curator"]}`, () => {
  test("the pipeline has the filters that the measures stand for", () => {
    expect(expected.curator.filters.length).toBe(curator.length);
  });

  test("curator-english drops the same documents by the same filters", async () => {
    const differences = (await scoresOf("curator-english")).flatMap(({ drop }, index) => {
      const ours = drop ? 1 + curator.findIndex(([, ...reasons]) => reasons.includes(drop.reason)) : 0;
      const theirs = expected.curator.decisions[index]!;
      return ours === theirs ? [] : [`${documents[index]!.id}: ${drop?.reason}, theirs ${curator[theirs - 1]?.[1]}`];
    });
    expect(differences).toEqual([]);
  });

  test("curator-english measures the same", async () => {
    const ours = await scoresOf("curator-english");
    const differences = expected.curator.scores.flatMap((row, index) =>
      row.flatMap((theirs, column) => {
        const [measure] = curator[column]!;
        const score = ours[index * expected.every]!.scores[`curator-english.${measure}`]!;
        // Curator stops counting common words at two, and divides by zero where nothing is left to measure.
        const comparable = measure === "commonWords" ? Math.min(score, 2) : score;
        if (theirs === null || Math.abs(comparable - theirs) <= 1e-6 * Math.max(1, theirs)) return [];
        return [`${documents[index * expected.every]!.id}: ${measure} ${score}, theirs ${theirs}`];
      }),
    );
    expect(differences).toEqual([]);
  });
});

describe(`parity with dolma ${expected.versions.dolma}`, () => {
  test("gopher@dolma measures the same", async () => {
    const ours = await scoresOf("gopher@dolma");
    const differences = expected.dolma.scores.flatMap((row, index) =>
      expected.dolma.keys.flatMap((key, column) => {
        const theirs = row[column] ?? null;
        const measure = dolma[key];
        if (measure === undefined || theirs === null) return [];
        const score = ours[index * expected.every]!.scores[`gopher@dolma.${measure}`]!;
        if (Math.abs(score - theirs) <= 1e-6 * Math.max(1, theirs)) return [];
        return [`${documents[index * expected.every]!.id}: ${key} ${score}, theirs ${theirs}`];
      }),
    );
    expect(differences).toEqual([]);
  });

  test("every attribute of the tagger but the number of characters has a measure", () => {
    expect(expected.dolma.keys.filter((key) => !(key in dolma))).toEqual(["character_count"]);
  });
});
