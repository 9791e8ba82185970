/** What finding copies decided, in files that the tasks behind it read in slices. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../../core/errors.ts";
import { NewFile } from "../../core/new-file.ts";
import { applyCuts, readCuts } from "../../curate/dedup/dedup.ts";
import { hasBit } from "../../curate/dedup/files/bits.ts";
import type { Layout } from "./layout.ts";
import { readRecord, writeRecord } from "./records.ts";

/** Written when the first stage is complete. */
export interface Numbering {
  plan: string;
  /** First number of each task's documents, then the count of all. */
  bases: number[];
  /** What names the output, see `fingerprintOf`. */
  fingerprint: string;
}

/** Written when copies are known, after the files beside it. */
export interface Decided {
  plan: string;
  clusters: number;
  /** Documents removed, and stretches cut, by method. */
  methods: Record<string, number>;
  /** Candidates that an earlier run kept no text of, so that nothing was decided about them. */
  unverified: number;
  /** File of what is cut from documents that stay, below the staging folder. */
  cuts: string | null;
}

const folder = (layout: Layout) => join(layout.staging, "dedup");
const numberingPath = (layout: Layout) => join(layout.staging, "numbering.json");
const decidedPath = (layout: Layout) => join(folder(layout), "decided.json");
const removedPath = (layout: Layout) => join(folder(layout), "removed.bits");
const clusterPath = (layout: Layout) => join(folder(layout), "cluster.u32");

export const writeNumbering = (layout: Layout, numbering: Numbering) => writeRecord(numberingPath(layout), numbering);

export const readNumberingAt = (path: string, plan: string) => readRecord<Numbering>(path, plan);

export function readNumbering(layout: Layout, plan: string): Numbering {
  const numbering = readNumberingAt(numberingPath(layout), plan);
  assert(numbering, "the first stage is complete");
  return numbering;
}

export function readDecided(layout: Layout, plan: string): Decided | undefined {
  return readRecord<Decided>(decidedPath(layout), plan);
}

/** @param removed a bit for each document; @param cluster the first document of each one's cluster */
export async function writeDecisions(
  layout: Layout,
  decided: Decided,
  removed: Uint8Array,
  cluster: Uint32Array,
): Promise<void> {
  mkdirSync(folder(layout), { recursive: true });
  for (const [path, data] of [
    [removedPath(layout), removed],
    [clusterPath(layout), cluster],
  ] as const) {
    const file = await NewFile.create(path);
    await file.append(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    await file.commit();
  }
  await writeRecord(decidedPath(layout), decided);
}

export interface Decisions {
  /** The text without the stretches that repeat an earlier one. Documents must come in order. */
  cutText(document: number, text: string): string;
  isRemoved(document: number): boolean;
  /** The first document of a document's cluster; its own number when it is alone. */
  clusterOf(document: number): number;
}

/** The decisions on the documents `[first, first + count)`; all are kept where no copies were looked for. */
export function readDecisions(layout: Layout, first: number, count: number): Decisions {
  const decided = existsSync(decidedPath(layout)) && (JSON.parse(readFileSync(decidedPath(layout), "utf8")) as Decided);
  if (count === 0 || !decided) {
    return { isRemoved: () => false, clusterOf: (number) => number, cutText: (_, text) => text };
  }
  const start = first >>> 3;
  const removed = new Uint8Array(((first + count - 1) >>> 3) - start + 1);
  const cluster = new Uint32Array(count);
  readInto(removedPath(layout), removed, start);
  readInto(clusterPath(layout), new Uint8Array(cluster.buffer), first * 4);
  return {
    isRemoved: (number) => hasBit(removed, number - 8 * start),
    clusterOf: (number) => cluster[number - first]!,
    cutText: decided.cuts === null ? (_, text) => text : cutter(join(layout.staging, decided.cuts), first, count),
  };
}

function cutter(path: string, first: number, count: number): Decisions["cutText"] {
  const all = readCuts(path, first, first + count);
  let next = all.next();
  return (document, text) => {
    while (!next.done && next.value.doc < document) next = all.next();
    return next.done || next.value.doc !== document ? text : applyCuts(text, next.value.cuts);
  };
}

function readInto(path: string, out: Uint8Array, offset: number): void {
  const fd = openSync(path, "r");
  try {
    for (let done = 0; done < out.length; ) {
      const count = readSync(fd, out, done, out.length - done, offset + done);
      assert(count > 0, `${path} is as long as its documents`);
      done += count;
    }
  } finally {
    closeSync(fd);
  }
}
