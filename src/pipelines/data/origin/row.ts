/** Which documents a row of a set of shards is from: by the documents' ids where shards keep them, else by the tokens. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MdpError, UsageError } from "../../../core/errors.ts";
import { idOf } from "../../../core/hash.ts";
import { idOfDocument } from "../../../curate/document-file.ts";
import { openShard } from "../../../shard/open-shard.ts";
import { readShardIndex, type ShardEntry } from "../../../shard/shard-index.ts";
import { IdBuffer } from "../../../tokenizers/id-buffer.ts";
import { openTokenizer } from "../../../tokenizers/open.ts";
import type { Tokenizer } from "../../../tokenizers/tokenizer.ts";
import { jsonLines } from "./json-lines.ts";
import { firstLine, Replay } from "./replay.ts";

/** One document in a row, or a part of it. */
export interface RowPart {
  /** Its number in the row, from 1, as in `segment_ids`. */
  segment: number;
  tokens: number;
  /** The beginning of its text. */
  text: string;
  /** Documents that have exactly this: several when their texts are equal there. */
  sources: { id: string; path: string; line: number; row: number | null; uri: string }[];
}

export interface RowOrigin {
  about: "row";
  place: string;
  output: string;
  split: string;
  row: number;
  /** The shard's file, and the row's number in it. */
  shard: string;
  rowInShard: number;
  /** How sources were found: `id`: the shard names the document; `tokens`: the documents of the inputs hold these tokens. */
  by: "id" | "tokens";
  parts: RowPart[];
  /** Inputs that were not looked at, as they are not what the run read. */
  changedInputs: number;
}

const TEXT_SHOWN = 200;
/** Letters and digits of a part that a document must have before it is tokenized. */
const NEEDLE = 40;

/**
 * @param row number in the split, from 0
 * @param tokenizerPath where the run's tokenizer lies now, if not where it was
 */
export async function rowOrigin(
  dir: string,
  place: string,
  split: string,
  row: number,
  tokenizerPath?: string,
): Promise<RowOrigin> {
  const { index, dir: folder } = await readShardIndex(dir);
  const { entry, rowInShard } = shardOf(index.shards, split, row, index.split_names);
  await using replay = await Replay.open(dir);
  const tokenizer = await tokenizerOf(
    tokenizerPath ?? String(replay.plan.settings.shard.tokenizer),
    index.tokenizer.sha256,
  );
  const { wanted, by } = await partsOf(join(folder, entry.path), rowInShard, index.sep_id);
  const parts = wanted.map(({ segment, ids }): RowPart => {
    const text = tokenizer.decode(ids, { skipSpecialTokens: true }).slice(0, TEXT_SHOWN);
    return { segment, tokens: ids.length, text, sources: [] };
  });
  const changedInputs = await search(replay, tokenizer, wanted, parts);
  return { about: "row", place, output: dir, split, row, shard: entry.path, rowInShard, by, parts, changedInputs };
}

function shardOf(shards: readonly ShardEntry[], split: string, row: number, names: readonly string[]) {
  const own = shards.filter((shard) => shard.split === split);
  if (own.length === 0)
    throw new UsageError(`there are no shards of the split "${split}"`, `splits: ${names.join(", ")}`);
  let before = 0;
  for (const entry of own) {
    if (row < before + entry.samples) return { entry, rowInShard: row - before };
    before += entry.samples;
  }
  throw new UsageError(`the split "${split}" has no row ${row}`, `rows count from 0 to ${before - 1}`);
}

async function tokenizerOf(path: string, sha256: string): Promise<Tokenizer> {
  const tokenizer = await openTokenizer(path);
  if (tokenizer.sha256 === sha256) return tokenizer;
  throw new MdpError({
    code: "tokenizer-other",
    message: "this is not the tokenizer that the shards were made with",
    where: path,
    hint: "name it with --tokenizer",
  });
}

interface Wanted {
  segment: number;
  ids: Uint32Array;
  /** First half of the document's hash, where the shard has it. */
  hash: string | undefined;
}

/** The stretches of one row, without the token that ends a document. */
async function partsOf(
  path: string,
  row: number,
  sepId: number | null,
): Promise<{ wanted: Wanted[]; by: RowOrigin["by"] }> {
  const { set, shard, tensor } = await openShard(path);
  const plain = (ids: ArrayLike<number>) =>
    Uint32Array.from(ids[ids.length - 1] === sepId ? Array.from(ids).slice(0, -1) : ids);
  if (set.layout === "flat") {
    const offsets = tensor("doc_offsets") as BigUint64Array;
    const ids = (tensor("tokens") as Uint32Array).subarray(Number(offsets[row]), Number(offsets[row + 1]));
    const hash = (tensor("doc_ids") as BigUint64Array)[row]!.toString(16).padStart(16, "0");
    return { wanted: [{ segment: 1, ids: plain(ids), hash }], by: "id" };
  }
  const width = shard.seq_len!;
  const [ids, segments] = ["input_ids", "segment_ids"].map((name) =>
    (tensor(name) as Uint32Array).subarray(row * width, (row + 1) * width),
  );
  const wanted: Wanted[] = [];
  for (let start = 0; start < width && segments![start] !== 0; ) {
    let end = start + 1;
    while (end < width && segments![end] === segments![start]) end++;
    wanted.push({ segment: segments![start]!, ids: plain(ids!.subarray(start, end)), hash: undefined });
    start = end;
  }
  return { wanted, by: "tokens" };
}

/** Looks at every document of the inputs that are unchanged; returns how many inputs are not. */
async function search(
  replay: Replay,
  tokenizer: Tokenizer,
  wanted: readonly Wanted[],
  parts: RowPart[],
): Promise<number> {
  const needles = parts.map(({ text }) => needleOf(text));
  // Removed documents are like those that stay for them, down to the tokens.
  const copies = await removedIds(replay.layout.removed);
  const buffer = new IdBuffer();
  let changed = 0;
  for await (const input of replay.inputs()) {
    if (!(await replay.isUnchanged(input))) {
      changed++;
      continue;
    }
    for await (const replayed of replay.read(input)) {
      if ("reject" in replayed || replayed.drop) continue;
      const { document, text } = replayed;
      const id = idOfDocument(document);
      if (copies.has(id)) continue;
      const hash = idOf(id).slice(0, 16);
      const plain = squashed(text);
      let tokens: Uint32Array | undefined;
      for (const [i, { ids, hash: known }] of wanted.entries()) {
        if (known !== undefined ? known !== hash : !plain.includes(needles[i]!)) continue;
        if (known === undefined) {
          tokens ??= tokensOf(tokenizer, text, buffer);
          if (!holds(tokens, ids)) continue;
        }
        const { uri, row } = document;
        parts[i]!.sources.push({ id, path: input.shown, line: firstLine(document), row, uri });
      }
    }
  }
  return changed;
}

function tokensOf(tokenizer: Tokenizer, text: string, buffer: IdBuffer): Uint32Array {
  buffer.clear();
  tokenizer.encodeInto(text, buffer);
  return Uint32Array.from(buffer.ids.subarray(0, buffer.length));
}

/** Whether the ids stand in the tokens, one after the other. */
function holds(tokens: Uint32Array, ids: Uint32Array): boolean {
  if (ids.length === 0) return false;
  for (
    let at = tokens.indexOf(ids[0]!);
    at !== -1 && at + ids.length <= tokens.length;
    at = tokens.indexOf(ids[0]!, at + 1)
  ) {
    let same = 1;
    while (same < ids.length && tokens[at + same] === ids[same]) same++;
    if (same === ids.length) return true;
  }
  return false;
}

/** Letters and digits alone: what a tokenizer does to spaces, case and accents does not hide a document. */
const squashed = (text: string) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");

/** From within the part, as its ends may be cut inside a character. */
function needleOf(text: string): string {
  const plain = squashed(text);
  return plain.length <= 12 ? "" : plain.slice(4, Math.min(plain.length - 4, 4 + NEEDLE));
}

async function removedIds(path: string): Promise<Set<string>> {
  const ids = new Set<string>();
  if (!existsSync(path)) return ids;
  for await (const { id } of jsonLines<{ id: string }>(path)) ids.add(id);
  return ids;
}
