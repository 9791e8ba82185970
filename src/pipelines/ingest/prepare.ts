/** One document → its passages with their ids, part by part: everything about a chunk that does not need the model. */
import type { Chunk, Document } from "../../core/document.ts";
import { idOf } from "../../core/hash.ts";
import type { TokenCounter } from "../../core/ports.ts";
import type { ChunkRecord } from "../../core/record.ts";
import { chunkerFor, chunkers } from "../../ingest/chunkers/index.ts";
import { passageOf } from "../../ingest/chunkers/passage.ts";
import type { ScanRow } from "../../manifest/state.ts";
import type { Engine } from "../engines/engine.ts";
import { fieldsOf } from "../engines/fields.ts";

/** Tokens that a passage may spend on its heading path, beside `chunkTokens`. */
export const CONTEXT_TOKENS = 40;

/** Passages that are held at once: a longer document is embedded and written in parts. */
export const PART_CHUNKS = 2048;

export interface PreparedPart {
  uri: string;
  records: ChunkRecord[];
  /** What is embedded for each record. */
  passages: string[];
  /** Passages of the document in the parts before. */
  before: number;
  /** No part of the document follows. */
  last: boolean;
}

/**
 * Chunks a document and names its chunks: equal passages of one document are told apart by their ordinal. A document
 * without passages has one part.
 */
export async function* prepareDocument(
  document: Document,
  item: ScanRow,
  root: string,
  tokens: TokenCounter,
  engine: Engine,
): AsyncGenerator<PreparedPart> {
  const chunker = await chunkers.load(engine.chunker ?? chunkerFor(document.kind));
  const options = { tokens, maxTokens: engine.chunkTokens, overlapTokens: engine.overlapTokens };
  let part = partOf(document, 0);
  const ordinals = new Map<string, number>();
  for (const chunk of chunker.chunk(document, options)) {
    if (part.records.length === PART_CHUNKS) {
      yield part;
      part = partOf(document, part.before + PART_CHUNKS);
    }
    const passage = passageOf(document, chunk, tokens, CONTEXT_TOKENS);
    const contentHash = idOf(passage.text);
    const ordinal = ordinals.get(contentHash) ?? 0;
    ordinals.set(contentHash, ordinal + 1);
    const made = record(document, chunk, item, root, contentHash, ordinal, part.before + part.records.length);
    const fields = fieldsOf(engine.mapper, document, chunk);
    part.records.push(fields === undefined ? made : { ...made, fields });
    part.passages.push(passage.text);
  }
  yield { ...part, last: true };
}

function partOf({ uri }: Document, before: number): PreparedPart {
  return { uri, records: [], passages: [], before, last: false };
}

function record(
  document: Document,
  chunk: Chunk,
  item: ScanRow,
  root: string,
  contentHash: string,
  ordinal: number,
  seq: number,
): ChunkRecord {
  return {
    id: idOf(document.uri, contentHash, String(ordinal)),
    doc: document.uri,
    item: item.uri,
    root,
    path: item.path,
    title: document.title,
    kind: document.kind,
    lang: document.lang,
    text: chunk.text,
    headings: chunk.headings,
    contentHash,
    seq,
    startLine: chunk.startLine,
    endLine: chunk.endLine,
    page: chunk.page,
    row: document.row,
    start: chunk.start,
    end: chunk.end,
    tokens: chunk.tokens,
    truncated: false,
    mtimeMs: Number(BigInt(item.mtime) / 1_000_000n),
    metadata: document.metadata,
  };
}
