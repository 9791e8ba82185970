/** Reads files through the real reader, for tests. */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import type { Document, Read, Reject } from "../../src/core/document.ts";
import { displayPath, projectAt, uriOf } from "../../src/core/project.ts";
import { IngestSettings } from "../../src/ingest/config.ts";
import type { Guess } from "../../src/ingest/formats/format.ts";
import { openReaderPool, type ReaderPool, readItem } from "../../src/ingest/read.ts";
import type { Skip, SourceItem } from "../../src/ingest/sources/source.ts";

export interface ReadResult {
  documents: Document[];
  rejects: Reject[];
  skips: Skip[];
  guesses: Guess[];
}

/** The item of one file in the project of its own folder; `named` as if the user had named it. */
export async function itemAt(path: string, named = false): Promise<SourceItem> {
  const project = projectAt(dirname(path));
  const found = await stat(path, { bigint: true });
  const shown = displayPath(project, path);
  return {
    uri: uriOf(project, path),
    path,
    shown,
    root: named ? shown : ".",
    size: Number(found.size),
    mtimeNs: found.mtimeNs,
  };
}

/** Everything that one file comes to. */
export async function readFile(
  path: string,
  settings: Partial<IngestSettings> = {},
  options: { pool?: ReaderPool; named?: boolean } = {},
): Promise<ReadResult> {
  const parsed = v.parse(IngestSettings, settings);
  await using own = options.pool ? undefined : openReaderPool(parsed);
  const result: ReadResult = { documents: [], rejects: [], skips: [], guesses: [] };
  const reads: AsyncIterable<Read> = readItem(await itemAt(path, options.named), parsed, {
    pool: options.pool ?? own!,
    statements: true,
    onSkip: (skip) => result.skips.push(skip),
    onGuess: (guess) => result.guesses.push(guess),
  });
  for await (const read of reads) {
    if ("document" in read) result.documents.push(read.document);
    else result.rejects.push(read.reject);
  }
  return result;
}
