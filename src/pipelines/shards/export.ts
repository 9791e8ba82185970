/** Writes a set in the format of another library. */
import { join } from "node:path";
import { MdpError, UsageError } from "../../core/errors.ts";
import type { Exporter } from "../../shard/export/exporter.ts";
import { exporters } from "../../shard/export/index.ts";
import { openShard } from "../../shard/open-shard.ts";
import { documentsOf, entriesOf, type SetPlace, type StoredItem, samplesOf } from "../../shard/set/documents.ts";
import { readShardIndex, type ShardIndex } from "../../shard/shard-index.ts";
import { openTokenizer } from "../../tokenizers/open.ts";
import { newFolder } from "./output.ts";
import { type ShardWork, stopIfAsked } from "./progress.ts";

export interface ExportRequest extends ShardWork {
  path: string;
  out: string;
  to: string;
  /** All splits that have shards when left out. */
  split?: string | undefined;
  /** The set's tokenizer: texts are then written beside the tokens. */
  tokenizer?: string | undefined;
}

export interface ExportReport {
  to: string;
  /** Folder that has the files. */
  dir: string;
  splits: { split: string; items: number; tokens: number; skipped: number; files: string[] }[];
}

/**
 * Exports documents or samples, whichever the format has, one split after the other.
 *
 * @throws UsageError for an unknown format or split, MdpError when the folder is not empty
 */
export async function exportShards(request: ExportRequest): Promise<ExportReport> {
  const { path, out, to, split, signal, onProgress } = request;
  const exporter = await exporters.load(to);
  const { index, dir } = await readShardIndex(path);
  const textOf = request.tokenizer === undefined ? undefined : await textFrom(request.tokenizer, index, exporter);
  const present = index.split_names.filter((name) => index.splits[name]!.shards > 0);
  if (split !== undefined && !present.includes(split)) {
    throw new UsageError(`the set has no shards of split "${split}"`, `it has ${present.join(", ")}`);
  }
  await newFolder(out);
  const splits: ExportReport["splits"] = [];
  let done = 0;
  for (const name of split === undefined ? present : [split]) {
    const place = { dir, index, split: name };
    const target = { dir: out, split: name, index, hasLossMask: await hasLossMask(place), textOf };
    const open = await exporter.open(target);
    let items = 0;
    let tokens = 0;
    try {
      for await (const item of exporter.items === "documents" ? documentsOf(place) : samplesOf(place)) {
        stopIfAsked(signal);
        await open.add(item);
        items++;
        tokens += item.segments
          ? item.segments.reduce((sum, segment) => sum + Math.min(segment, 1), 0)
          : item.tokens.length;
      }
      splits.push({ split: name, items, tokens, ...(await open.close()) });
    } catch (error) {
      await open.abort();
      throw error;
    }
    done += entriesOf(place).length;
    onProgress?.({ done, total: index.num_shards, bytes: 0 });
  }
  return { to, dir: out, splits };
}

/** Gives texts of items, special tokens and padding left out; those of a row's documents follow each other. */
async function textFrom(path: string, index: ShardIndex, exporter: Exporter): Promise<(item: StoredItem) => string> {
  if (!exporter.takesText) {
    throw new UsageError(`${exporter.name} has no place for texts`, "leave --tokenizer out, or export to jsonl");
  }
  const tokenizer = await openTokenizer(path);
  if (tokenizer.sha256 !== index.tokenizer.sha256) {
    throw new MdpError({
      code: "tokenizer-differs",
      message: `this is not the tokenizer of the set, which is ${index.tokenizer.name} (${index.tokenizer.sha256})`,
      where: path,
      hint: "name the file that the set was made with",
    });
  }
  return ({ tokens, segments }) =>
    tokenizer.decode(segments ? tokens.filter((_, cell) => segments[cell] !== 0) : tokens);
}

async function hasLossMask(place: SetPlace): Promise<boolean> {
  for (const entry of entriesOf(place)) {
    if ((await openShard(join(place.dir, entry.path))).tensor("loss_mask")) return true;
  }
  return false;
}
