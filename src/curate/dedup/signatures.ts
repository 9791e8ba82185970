/** Writes the signatures of one task's documents: what finding copies needs of them, without their texts. */
import type { DedupSettings } from "./config.ts";
import { openMinHash } from "./minhash.ts";
import { type Column, RecordWriter } from "./record-file.ts";
import { Words } from "./words.ts";

/** Widths of the records of each column, the key first. */
export const columns = {
  /** Four numbers of the hash; document. */
  exact: { words: 5, keys: 4 },
  /** Two numbers of a band's key; document. */
  minhash: { words: 3, keys: 2 },
} as const;
export type ColumnName = keyof typeof columns;

/** What a file of signatures says about itself. */
export interface SignatureMeta {
  documents: number;
  /** The settings that the signatures depend on, by column. */
  made: Partial<Record<ColumnName, string>>;
}

export interface SignatureWriter {
  /** Adds the next document of the task. */
  add(text: string): void;
  /** Writes the file; it appears under its name when it is complete. */
  finish(): Promise<void>;
  /** Removes what was written so far. */
  discard(): void;
}

/** What the signatures of a column depend on: those made with other settings cannot be compared. */
export function madeWith(column: ColumnName, settings: DedupSettings): string {
  const { normalize, minhash, ngramWords, bands, rows, hashSeed } = settings;
  switch (column) {
    case "exact":
      return `v1 normalize=${normalize}`;
    case "minhash":
      return `v1 normalize=${normalize} minhash=${minhash} ngramWords=${ngramWords} bands=${bands} rows=${rows} hashSeed=${hashSeed}`;
  }
}

/** Opens the file of signatures of one task, for each method of `settings.method` that has signatures. */
export function openSignatures(path: string, settings: DedupSettings): SignatureWriter {
  const wanted = (Object.keys(columns) as ColumnName[]).filter((name) => settings.method.includes(name));
  // Sorting a column takes its buffer twice, and not all of the memory is ours.
  const bufferBytes = Math.min(64 << 20, settings.memoryBytes / (4 * Math.max(1, wanted.length)));
  const writer = new RecordWriter<SignatureMeta>(path, bufferBytes);
  const words = new Words(settings.normalize);
  const adders = wanted.map((name) => {
    const { words: width, keys } = columns[name];
    return adderOf[name](settings, writer.column(name, width, keys), words);
  });
  let documents = 0;
  return {
    add(text) {
      if (adders.length > 0) words.split(text);
      for (const add of adders) add(text, documents);
      documents++;
    },
    async finish() {
      const made = Object.fromEntries(wanted.map((name) => [name, madeWith(name, settings)]));
      writer.finish({ documents, made });
    },
    discard: () => writer.discard(),
  };
}

type Adder = (text: string, document: number) => void;

const adderOf: Record<ColumnName, (settings: DedupSettings, column: Column, words: Words) => Adder> = {
  exact: (settings, column, words) => (text, document) => {
    const at = column.next();
    exactHash(settings.normalize ? words.units.subarray(0, words.length) : text, column.records, at);
    column.records[at + 4] = document;
  },
  minhash: (settings, column, words) => {
    const minhash = openMinHash(settings);
    return (text, document) => {
      const keys = minhash.bandKeys(words, text);
      if (!keys) return;
      for (let band = 0; band < keys.length; band += 2) {
        const at = column.next();
        column.records[at] = keys[band]!;
        column.records[at + 1] = keys[band + 1]!;
        column.records[at + 2] = document;
      }
    };
  },
};

// Bun takes 32 bits of a seed.
const SECOND_SEED = 0x9e3779b1n;
const halves = new BigUint64Array(2);
const quarters = new Uint32Array(halves.buffer);

/** 128 bits of XXH3 (two seeds of 64 bits) into `out[at, at + 4)`; a string counts as its UTF-8. */
export function exactHash(content: string | ArrayBufferView, out: Uint32Array, at: number): void {
  halves[0] = Bun.hash.xxHash3(content as string, 0n);
  halves[1] = Bun.hash.xxHash3(content as string, SECOND_SEED);
  out[at] = quarters[0]!;
  out[at + 1] = quarters[1]!;
  out[at + 2] = quarters[2]!;
  out[at + 3] = quarters[3]!;
}
