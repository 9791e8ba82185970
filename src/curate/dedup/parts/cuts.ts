/** Reads the stretches that are cut from documents, in the order of documents. */

import { RecordReader } from "../files/record-file.ts";
import { partMethods } from "../job.ts";
import { CUT_WORDS, CUTS, type Cut } from "./cut.ts";

export interface DocumentCuts {
  doc: number;
  /** In order, without overlap. */
  cuts: Cut[];
}

/** The documents in `[from, to)` from which something is cut. */
export function* readCuts(path: string, from = 0, to = 0x1_0000_0000): Generator<DocumentCuts, void, undefined> {
  using reader = new RecordReader<unknown>(path);
  let current: DocumentCuts | undefined;
  for (const { records, count } of reader.blocks(CUTS, from, to)) {
    for (let at = 0; at < count * CUT_WORDS; at += CUT_WORDS) {
      const doc = records[at]!;
      if (current?.doc !== doc) {
        if (current) yield current;
        current = { doc, cuts: [] };
      }
      current.cuts.push({
        start: records[at + 1]!,
        end: records[at + 2]!,
        partner: records[at + 3]!,
        method: partMethods[records[at + 4]!]!,
      });
    }
  }
  if (current) yield current;
}

/** The text without the stretches. */
export function applyCuts(text: string, cuts: readonly Cut[]): string {
  let out = "";
  let from = 0;
  for (const { start, end } of cuts) {
    out += text.slice(from, start);
    from = end;
  }
  return out + text.slice(from);
}
