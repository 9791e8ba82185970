/** Writes the signatures of one task's documents: what finding copies needs of them, without their texts. */

import type { DedupSettings } from "./config.ts";
import { type Column, RecordWriter } from "./files/record-file.ts";
import { openMinHash } from "./minhash/minhash.ts";
import { forEachAnchor } from "./parts/anchors.ts";
import { forEachSpan, Sentences } from "./parts/sentences.ts";
import { simhash } from "./simhash/simhash.ts";
import { exactHash } from "./text/exact-hash.ts";
import { shingleHashes } from "./text/shingles.ts";
import { Words } from "./text/words.ts";

/** Widths of the records of each column, the key first. */
export const columns = {
  /** Four numbers of the hash; document. */
  exact: { words: 5, keys: 4 },
  /** Two numbers of a band's key; document. */
  minhash: { words: 3, keys: 2 },
  /** Two numbers of the SimHash; document. In order of documents, since each table of the index has other keys. */
  simhash: { words: 3, keys: 0 },
  /** Three numbers of a span's hash; document; the span's first sentence. */
  sentences: { words: 5, keys: 3 },
  /** Three numbers of an anchor's hash; document; the anchor's first word. */
  substring: { words: 5, keys: 3 },
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
  const { normalize, minhash, ngramWords, bands, rows, hashSeed, spanSentences, minSubstringTokens } = settings;
  switch (column) {
    case "exact":
      return `v1 normalize=${normalize}`;
    case "minhash":
      return `v1 normalize=${normalize} minhash=${minhash} ngramWords=${ngramWords} bands=${bands} rows=${rows} hashSeed=${hashSeed}`;
    case "simhash":
      return `v1 normalize=${normalize} ngramWords=${ngramWords}`;
    case "sentences":
      return `v1 normalize=${normalize} spanSentences=${spanSentences}`;
    case "substring":
      return `v1 normalize=${normalize} minSubstringTokens=${minSubstringTokens}`;
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
  simhash: ({ ngramWords }, column, words) => {
    let hashes = new Uint32Array(4_096);
    return (_, document) => {
      if (words.count === 0) return;
      if (hashes.length < words.count) hashes = new Uint32Array(Math.ceil(words.count * 1.25));
      const count = shingleHashes(words, ngramWords, hashes);
      const at = column.next();
      simhash(hashes, count, column.records, at);
      column.records[at + 2] = document;
    };
  },
  sentences: ({ spanSentences }, column, words) => {
    const sentences = new Sentences();
    return (text, document) => {
      sentences.split(text, words);
      forEachSpan(sentences, words, spanSentences, (sentence, hash) => addPlace(column, hash, document, sentence));
    };
  },
  substring:
    ({ minSubstringTokens }, column, words) =>
    (_, document) => {
      forEachAnchor(words, minSubstringTokens, (word, hash) => addPlace(column, hash, document, word));
    },
};

function addPlace(column: Column, hash: Uint32Array, document: number, place: number): void {
  const at = column.next();
  column.records[at] = hash[0]!;
  column.records[at + 1] = hash[1]!;
  column.records[at + 2] = hash[2]!;
  column.records[at + 3] = document;
  column.records[at + 4] = place;
}
