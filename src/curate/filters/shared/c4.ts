/** The line filter of C4 (Raffel et al. 2020) in its variants: it drops lines, then texts with too little left. */
import { classes, space, stripped } from "../../shared/text/characters.ts";
import { splitLinesOf } from "../../shared/text/lines.ts";
import { countSentences, countSentencesOf } from "../../shared/text/sentences.ts";
import { c4Suspect, factShift, flagsFact, pointsFact } from "../../shared/text/word-table.ts";
import { wordsOf } from "../../shared/text/words.ts";
import type { OpenStep } from "../../step.ts";
import { openMeasured } from "./measured.ts";

const citation = /\[\p{Nd}*\]|\[edit\]|\[citation needed\]/gu;
const policies = ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"];

export interface C4Variant {
  name: string;
  minWordsPerLine: number;
  minSentences: number;
  /** 1 drops lines that do not end in one of the marks, 0 keeps them. */
  requireEndMark: 0 | 1;
  endMarks: string;
  /** Words of a line are counted after citations are taken out. */
  countsWithoutCitations: boolean;
}

interface Limits {
  minSentences: number;
  minWordsPerLine: number;
  maxWordLength: number;
  requireEndMark: number;
  maxLoremIpsum: number;
  maxCurlyBrackets: number;
}

interface Scores {
  lines: number;
  keptLines: number;
  sentences: number;
  linesTooLongWord: number;
  linesNoEndMark: number;
  linesTooFewWords: number;
  linesJavascript: number;
  linesPolicy: number;
  loremIpsum: number;
  curlyBrackets: number;
}

/** A step of one variant; it rewrites the texts that stay. */
export function c4Filter(variant: C4Variant): OpenStep {
  return async (settings) => {
    let kept: KeptLines = { ranges: [], changed: new Map() };
    return openMeasured(
      {
        name: variant.name,
        limits: () => ({
          minSentences: variant.minSentences,
          minWordsPerLine: variant.minWordsPerLine,
          maxWordLength: 1000,
          requireEndMark: variant.requireEndMark as number,
          maxLoremIpsum: 0,
          maxCurlyBrackets: 0,
        }),
        measure({ text }, limits) {
          kept = { ranges: [], changed: new Map() };
          return { ...measureLines(text, variant, limits, kept) };
        },
        rewrite(item) {
          item.text = textOf(item.text, kept);
        },
        rules: [
          { reason: "lorem-ipsum", measure: "loremIpsum", max: "maxLoremIpsum" },
          { reason: "curly-bracket", measure: "curlyBrackets", max: "maxCurlyBrackets" },
          { reason: "too-few-sentences", measure: "sentences", min: "minSentences" },
        ],
      },
      settings,
    );
  };
}

/** Starts and ends of stretches of text whose lines all stay as they are, and lines that changed, by their start. */
interface KeptLines {
  ranges: number[];
  changed: Map<number, string>;
}

function measureLines(text: string, variant: C4Variant, limits: Limits, kept: KeptLines): Scores {
  const scores: Scores = {
    lines: 0,
    keptLines: 0,
    sentences: 0,
    linesTooLongWord: 0,
    linesNoEndMark: 0,
    linesTooFewWords: 0,
    linesJavascript: 0,
    linesPolicy: 0,
    loremIpsum: 0,
    curlyBrackets: 0,
  };
  const words = wordsOf(text);
  const { ids, starts, table, count } = words.stretches;
  const { facts } = table;
  const lines = splitLinesOf(text);
  scores.lines = lines.splitCount;
  for (let line = 0, to = 0; line < lines.splitCount; line++) {
    const from = to;
    const end = lines.ends[line]!;
    let suspect = false;
    let tooLong = false;
    for (; to < count && starts[to]! < end; to++) {
      const at = ids[to]! << factShift;
      if ((facts[at + flagsFact]! & c4Suspect) !== 0) suspect = true;
      if (facts[at + pointsFact]! > limits.maxWordLength) tooLong = true;
    }
    const inkStart = lines.inkStarts[line]!;
    const inkEnd = lines.inkEnds[line]!;
    if (tooLong) scores.linesTooLongWord++;
    else if (suspect) keepSuspect(text.slice(inkStart, inkEnd), inkStart, to - from, variant, limits, scores, kept);
    else if (limits.requireEndMark > 0 && !endsWell(text, inkStart, inkEnd, variant.endMarks)) scores.linesNoEndMark++;
    else if (to - from < limits.minWordsPerLine) scores.linesTooFewWords++;
    else {
      scores.keptLines++;
      scores.sentences += countSentences(text, words, from, to);
      keepRange(kept, text, inkStart, inkEnd);
    }
  }
  return scores;
}

/** A line with a bracket or a word of one of the phrases, looked at as the reference does. */
function keepSuspect(
  given: string,
  start: number,
  givenWords: number,
  variant: C4Variant,
  limits: Limits,
  scores: Scores,
  kept: KeptLines,
): void {
  const line = given.replace(citation, "");
  const words = variant.countsWithoutCitations && line !== given ? countStretches(line) : givenWords;
  const lower = line.toLowerCase();
  if (limits.requireEndMark > 0 && !endsWell(line, 0, line.length, variant.endMarks)) scores.linesNoEndMark++;
  else if (words < limits.minWordsPerLine) scores.linesTooFewWords++;
  else if (lower.includes("lorem ipsum")) {
    // The text goes for what comes first.
    if (scores.curlyBrackets <= limits.maxCurlyBrackets) scores.loremIpsum++;
  } else if (lower.includes("javascript")) scores.linesJavascript++;
  else if (line.includes("{")) {
    if (scores.loremIpsum <= limits.maxLoremIpsum) scores.curlyBrackets++;
  } else if (policies.some((policy) => lower.includes(policy))) scores.linesPolicy++;
  else {
    scores.keptLines++;
    scores.sentences += countSentencesOf(line);
    kept.ranges.push(start, start);
    kept.changed.set(start, line);
  }
}

function endsWell(text: string, start: number, end: number, endMarks: string): boolean {
  if (start >= end || !endMarks.includes(text[end - 1]!)) return false;
  return !(end - start >= 3 && text.endsWith("...", end));
}

/** Adds a line; lines that follow each other in the text are one range. */
function keepRange({ ranges, changed }: KeptLines, text: string, start: number, end: number): void {
  const last = ranges.length - 1;
  const follows = last > 0 && ranges[last] === start - 1 && text.charCodeAt(start - 1) === 0x0a;
  if (follows && !changed.has(ranges[last - 1]!)) ranges[last] = end;
  else ranges.push(start, end);
}

function textOf(text: string, { ranges, changed }: KeptLines): string {
  const lines: string[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const start = ranges[i]!;
    lines.push((start === ranges[i + 1] && changed.get(start)) || text.slice(start, ranges[i + 1]!));
  }
  return stripped(lines.join("\n"));
}

function countStretches(line: string): number {
  let count = 0;
  let inside = false;
  for (let at = 0; at < line.length; at++) {
    const isSpace = (classes[line.charCodeAt(at)]! & space) !== 0;
    if (!isSpace && !inside) count++;
    inside = !isSpace;
  }
  return count;
}
