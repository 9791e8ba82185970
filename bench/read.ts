/**
 * Speed and memory of reading and chunking rows, as files grow: JSONL and CSV made on the fly, one process per line of
 * output.
 *
 *     bun bench/read.ts [gigabytes …]     # 1 and 4 by default
 *
 * Rows carry their language, so that this times reading alone; the last line says what detecting it costs.
 */
import { join } from "node:path";
import { chunkerFor, chunkers } from "../src/ingest/chunkers/index.ts";
import type { FormatInput } from "../src/ingest/formats/format.ts";
import { formats } from "../src/ingest/formats/index.ts";
import { detectLanguage } from "../src/ingest/reader/language.ts";
import { finishReads } from "../src/ingest/reader/reader.ts";

import { parseTokenizer } from "../src/tokenizers/load.ts";

const TOKENIZER = join(import.meta.dir, "../.models/all-MiniLM-L6-v2/tokenizer.json");
const ROW_TEXT =
  "The harbour master wrote down when the water came and when it went, and never asked why it did. ".repeat(9);
const ROWS_PER_PART = 1_000;

const makers: Readonly<Record<string, { head: string; row: (id: number) => string }>> = {
  jsonl: { head: "", row: (id) => `{"id":${id},"title":"Day ${id}","lang":"en","text":${JSON.stringify(ROW_TEXT)}}\n` },
  csv: { head: "id,title,lang,text\n", row: (id) => `${id},Day ${id},en,"${ROW_TEXT}"\n` },
};

/** A file of the given size that is never on a disk. */
function generated(format: string, bytes: number): FormatInput {
  const { head, row } = makers[format]!;
  const part = (first: number) => Buffer.from(Array.from({ length: ROWS_PER_PART }, (_, i) => row(first + i)).join(""));
  return {
    uri: `generated.${format}`,
    path: `/generated.${format}`,
    name: `generated.${format}`,
    size: bytes,
    fileSize: bytes,
    slice: () => Promise.reject(new Error("the file is on no disk")),
    head: Buffer.from(head + part(0).toString()).subarray(0, 65_536),
    async *bytes() {
      yield Buffer.from(head);
      for (let id = 0, made = 0; made < bytes; id += ROWS_PER_PART) {
        const next = part(id);
        made += next.length;
        yield next;
      }
    },
  };
}

async function measure(format: string, gigabytes: number): Promise<void> {
  const input = generated(format, gigabytes * 1e9);
  const tokens = parseTokenizer(await Bun.file(TOKENIZER).text(), TOKENIZER);
  let rows = 0;
  let chunks = 0;
  let peak = 0;
  const start = performance.now();
  const { read: readRows } = await formats.load(format);
  for await (const read of finishReads(readRows(input, { maxDocumentBytes: 10_000_000 }))) {
    if ("reject" in read) throw new Error(read.reject.reason);
    const chunker = await chunkers.load(chunkerFor(read.document.kind));
    for (const _ of chunker.chunk(read.document, { tokens, maxTokens: 200, overlapTokens: 30 })) chunks++;
    if (++rows % 50_000 === 0) peak = Math.max(peak, process.memoryUsage().rss);
  }
  const seconds = (performance.now() - start) / 1_000;
  const figures = [
    `${gigabytes} GB`.padStart(6),
    `${rows} rows`.padStart(14),
    `${chunks} chunks`.padStart(16),
    `${seconds.toFixed(1)} s`.padStart(9),
    `${(gigabytes / seconds).toFixed(3)} GB/s`,
    `peak ${(peak / 1e6).toFixed(0)} MB`,
  ];
  console.log(`${format.padEnd(6)} ${figures.join("  ")}`);
}

async function measureLanguage(): Promise<void> {
  await detectLanguage(ROW_TEXT);
  const start = performance.now();
  const count = 5_000;
  for (let i = 0; i < count; i++) await detectLanguage(`${i} ${ROW_TEXT}`);
  console.log(`language ${(((performance.now() - start) * 1_000) / count).toFixed(1)} µs a row`);
}

const [first, ...rest] = process.argv.slice(2);
if (first === "--one") {
  await measure(rest[0]!, Number(rest[1]));
} else if (first === "--language") {
  await measureLanguage();
} else {
  const sizes = first === undefined ? ["1", "4"] : [first, ...rest];
  const runs = Object.keys(makers).flatMap((format) => sizes.map((size) => ["--one", format, size]));
  for (const args of [...runs, ["--language"]]) {
    await Bun.spawn([process.execPath, import.meta.path, ...args], { stdout: "inherit", stderr: "inherit" }).exited;
  }
}
