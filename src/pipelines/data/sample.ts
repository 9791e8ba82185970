/** A few documents or rows of an output, drawn by a seed: what a person reads before training on it. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { MdpError, messageOf } from "../../core/errors.ts";
import { type Batch, ShardLoader } from "../../shard/loader.ts";
import { openTokenizer } from "../../tokenizers/open.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { type Manifest, partsOf, readManifest } from "./output.ts";

export interface SampleRequest {
  dir: string;
  count: number;
  seed: number;
  split: string;
  /** Decodes rows; by default the tokenizer that the run was made with. */
  tokenizer?: string | undefined;
}

export interface DocumentSample {
  id: string;
  text: string;
  metadata: Record<string, unknown>;
}

export type Sample =
  | DocumentSample
  /** A row: the texts that it holds, in order. */
  | { row: number; tokens: number; texts: string[] };

export async function sampleData(request: SampleRequest): Promise<Sample[]> {
  const { layout, manifest } = await readManifest(request.dir);
  return manifest.command === "shard"
    ? sampleRows(layout.dir, manifest, request)
    : sampleDocuments(partsOf(layout, manifest), request);
}

async function sampleRows(dir: string, manifest: Manifest, request: SampleRequest): Promise<Sample[]> {
  const tokenizer = await tokenizerFor(manifest, request.tokenizer);
  const { count, seed, split } = request;
  using loader = await ShardLoader.open(dir, { split, shuffle: true, seed, batchSize: count, prefetch: 1 });
  for await (const batch of loader) return rowsOf(batch, tokenizer);
  return [];
}

async function tokenizerFor(manifest: Manifest, given: string | undefined): Promise<Tokenizer> {
  const path = given ?? String(manifest.settings.shard?.tokenizer);
  try {
    return await openTokenizer(path);
  } catch (cause) {
    throw new MdpError({
      code: "tokenizer-missing",
      message: `the rows cannot be decoded: ${messageOf(cause)}`,
      where: path,
      hint: "name the tokenizer of the run with --tokenizer",
      cause,
    });
  }
}

/** Rows as the texts of their documents; padding is left out. */
function rowsOf(batch: Batch, tokenizer: Tokenizer): Sample[] {
  return Array.from({ length: batch.rows }, (_, row) => {
    const from = row * batch.length;
    const ids = batch.input_ids.subarray(from, from + batch.length);
    const segments = batch.segment_ids?.subarray(from, from + batch.length);
    const texts: string[] = [];
    let tokens = 0;
    for (let start = 0; start < ids.length; ) {
      let end = start + 1;
      while (end < ids.length && segments?.[end] === segments?.[start]) end++;
      if (segments?.[start] !== 0) {
        texts.push(tokenizer.decode(ids.subarray(start, end), { skipSpecialTokens: true }));
        tokens += end - start;
      }
      start = end;
    }
    return { row, tokens, texts };
  });
}

/** Longest line that is looked for around a place. */
const MAX_LINE_BYTES = 64_000_000;

/** The documents at random places of the files. */
async function sampleDocuments(paths: readonly string[], { count, seed }: SampleRequest): Promise<Sample[]> {
  const sizes = paths.map((path) => Bun.file(path).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const samples: Sample[] = [];
  const seen = new Set<string>();
  for (let draw = 0; total > 0 && samples.length < count && draw < 4 * count; draw++) {
    let place = Number(Bun.hash.xxHash64(`${seed}:${draw}`) % BigInt(total));
    let file = 0;
    while (place >= sizes[file]!) place -= sizes[file++]!;
    const path = paths[file]!;
    const found = path.endsWith(".parquet") ? await rowAt(path, place / sizes[file]!) : lineAt(path, place);
    if (!found || seen.has(`${file}:${found.key}`)) continue;
    seen.add(`${file}:${found.key}`);
    samples.push(await found.read());
  }
  return samples;
}

interface Found {
  /** Names the document in its file. */
  key: number;
  read(): Promise<DocumentSample> | DocumentSample;
}

/** The row that lies at a share of a Parquet file; undefined when it has none. */
async function rowAt(path: string, share: number): Promise<Found | undefined> {
  const { ParquetRows } = await import("./parquet-rows.ts");
  const rows = await ParquetRows.open(path);
  const key = Math.floor(share * rows.count);
  return rows.count === 0 ? undefined : { key, read: () => rows.row(key) };
}

/** The line of a file that a byte lies in: long documents are likelier, as their tokens are. */
function lineAt(path: string, place: number): Found {
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    for (let reach = 1 << 16; ; reach *= 4) {
      const from = Math.max(0, place - reach);
      const bytes = Buffer.alloc(Math.min(size, place + reach) - from);
      readSync(fd, bytes, 0, bytes.length, from);
      const before = place > from ? bytes.lastIndexOf(10, place - from - 1) : -1;
      const after = bytes.indexOf(10, place - from);
      const whole = (before !== -1 || from === 0) && after !== -1;
      if (whole) {
        const line = bytes.toString("utf8", before + 1, after);
        return { key: from + before + 1, read: () => JSON.parse(line) as DocumentSample };
      }
      if (reach > MAX_LINE_BYTES)
        throw new MdpError({ code: "line-too-long", message: "a line is too long", where: path });
    }
  } finally {
    closeSync(fd);
  }
}
