/** Completion records of tasks: small JSON files that appear last, and say what a task did. */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeWhole } from "../../core/new-file.ts";
import type { StepCounts } from "../../curate/chain.ts";
import type { LineRange } from "../../ingest/sources/source.ts";

/** How many texts have a length of `2^i` to `2^(i+1) - 1`, by `i`. */
export type Histogram = number[];

export function countLength(histogram: Histogram, length: number): void {
  const bucket = length === 0 ? 0 : 31 - Math.clz32(length);
  while (histogram.length <= bucket) histogram.push(0);
  histogram[bucket]!++;
}

export function addHistogram(total: Histogram, more: Histogram): void {
  while (total.length < more.length) total.push(0);
  for (const [i, count] of more.entries()) total[i]! += count;
}

/** What reading and filtering one task gave. */
export interface ReadRecord {
  plan: string;
  /** Documents that were read, and how many passed every step. */
  documents: number;
  kept: number;
  /** Characters (UTF-16 code units) of both. */
  characters: number;
  keptCharacters: number;
  /** Records that could not be read; they stand in the rejects file beside this one. */
  rejects: number;
  steps: StepCounts[];
  lengths: Histogram;
  keptLengths: Histogram;
  languages: Record<string, number>;
  /** Files that no format reads. */
  skipped: number;
  /** Content of every input as it was read. */
  inputs: { uri: string; range?: LineRange; sha256: string; documents: number }[];
}

/** What became of a task's documents after duplicates were known. */
export interface FinishRecord {
  plan: string;
  documents: number;
  duplicates: number;
  /** Documents without a token, or whose text was nothing but a copy. */
  empty: number;
  kept: number;
  characters: number;
  tokens: number;
  tokenLengths: Histogram;
  /** Found personal data by kind. */
  pii: Record<string, number>;
  splits: Record<string, { documents: number; tokens: number }>;
  /** Documents that an earlier run had put into another split than what is now their cluster. */
  joinedSplits: number;
  /** The file of documents that the task wrote, relative to the output folder. */
  output?: { path: string; bytes: number; sha256: string };
}

export async function writeRecord(path: string, record: { plan: string }): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await writeWhole(path, `${JSON.stringify(record)}\n`);
}

/** The record at `path`, when there is one of this plan. */
export function readRecord<T extends { plan: string }>(path: string, plan: string): T | undefined {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as T;
    return record.plan === plan ? record : undefined;
  } catch {
    // Absent, or torn by a disk that lost it: the task is done again.
    return undefined;
  }
}
