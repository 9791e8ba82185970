/** What a run of `shard`, `curate` or `dedup` says while it goes on and when it is done: the contract of `--json`. */
import type { StepCounts } from "../../curate/chain.ts";
import { addHistogram, type FinishRecord, type Histogram, type ReadRecord } from "./records.ts";

export interface PrepareProgress {
  phase: "scan" | "read" | "dedup" | "finish" | "shards";
  /** Units of the phase that are done, and how many there are: files, bytes, documents or shards. */
  done: number;
  total: number;
  unit: "files" | "bytes" | "documents" | "parts" | "shards";
}

export interface SplitReport {
  documents: number;
  tokens: number;
  samples: number;
  shards: number;
}

export interface PrepareReport {
  command: "shard" | "curate" | "dedup";
  out: string;
  fingerprint: string;
  /** The output was complete already, and nothing was done. */
  unchanged: boolean;
  inputs: { files: number; bytes: number; skipped: Record<string, number> };
  /** Documents read; what became of them adds up: kept + dropped + duplicates + empty. */
  documents: number;
  kept: number;
  dropped: number;
  duplicates: number;
  empty: number;
  /** Records that could not be read, named in `rejects.jsonl`. */
  rejects: number;
  characters: { read: number; kept: number };
  /** What each step did, in order. */
  steps: StepCounts[];
  /** `unverified`: candidates of which an earlier run kept no text. */
  dedup: { clusters: number; methods: Record<string, number>; unverified: number };
  pii: Record<string, number>;
  languages: Record<string, number>;
  /** Lengths of texts in characters, and of kept documents in tokens: counts by power of two. */
  lengths: { read: Histogram; kept: Histogram; tokens: Histogram };
  tokens: number;
  samples: number;
  shards: number;
  packing: {
    efficiency: number;
    paddingTokens: number;
    truncatedTokens: number;
    droppedTokens: number;
  };
  splits: Record<string, SplitReport>;
  /** Documents that an earlier run had put into another split than what is now their cluster; none was moved. */
  joinedSplits: number;
  /** Documents and bytes per second are theirs to make: whole run, and by stage. Not kept in the manifest. */
  seconds: Record<string, number>;
}

/** The numbers that a log's last line has. */
export function prepareCounts(report: PrepareReport): Record<string, number | boolean> {
  const { unchanged, inputs, documents, kept, dropped, duplicates, empty, rejects, tokens, shards } = report;
  return { unchanged, files: inputs.files, documents, kept, dropped, duplicates, empty, rejects, tokens, shards };
}

export function emptyReport(command: PrepareReport["command"], out: string, fingerprint: string): PrepareReport {
  return {
    command,
    out,
    fingerprint,
    unchanged: false,
    inputs: { files: 0, bytes: 0, skipped: {} },
    documents: 0,
    kept: 0,
    dropped: 0,
    duplicates: 0,
    empty: 0,
    rejects: 0,
    characters: { read: 0, kept: 0 },
    steps: [],
    dedup: { clusters: 0, methods: {}, unverified: 0 },
    pii: {},
    languages: {},
    lengths: { read: [], kept: [], tokens: [] },
    tokens: 0,
    samples: 0,
    shards: 0,
    packing: { efficiency: 1, paddingTokens: 0, truncatedTokens: 0, droppedTokens: 0 },
    splits: {},
    joinedSplits: 0,
    seconds: {},
  };
}

/** Adds what reading one task gave. */
export function addRead(report: PrepareReport, record: ReadRecord): void {
  report.documents += record.documents;
  report.dropped += record.documents - record.kept;
  report.rejects += record.rejects;
  report.characters.read += record.characters;
  addCounts(report.languages, record.languages);
  addHistogram(report.lengths.read, record.lengths);
  addHistogram(report.lengths.kept, record.keptLengths);
  if (record.skipped > 0) addCounts(report.inputs.skipped, { binary: record.skipped });
  for (const [i, step] of record.steps.entries()) {
    report.steps[i] ??= { name: step.name, seen: 0, changed: 0, dropped: {} };
    const total = report.steps[i];
    total.seen += step.seen;
    total.changed += step.changed;
    addCounts(total.dropped, step.dropped);
  }
}

/** Adds what finishing one task gave. */
export function addFinish(report: PrepareReport, record: FinishRecord): void {
  report.kept += record.kept;
  report.duplicates += record.duplicates;
  report.empty += record.empty;
  report.characters.kept += record.characters;
  report.tokens += record.tokens;
  report.joinedSplits += record.joinedSplits;
  addHistogram(report.lengths.tokens, record.tokenLengths);
  addCounts(report.pii, record.pii);
  for (const [name, { documents, tokens }] of Object.entries(record.splits)) {
    report.splits[name] ??= { documents: 0, tokens: 0, samples: 0, shards: 0 };
    report.splits[name].documents += documents;
    report.splits[name].tokens += tokens;
  }
}

function addCounts(total: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) total[name] = (total[name] ?? 0) + count;
}
