/** Writes a set in the format of another library. */
import { join } from "node:path";
import { UsageError } from "../../core/errors.ts";
import { exporters } from "../../shard/export/index.ts";
import { openShard } from "../../shard/open-shard.ts";
import { documentsOf, entriesOf, type SetPlace, samplesOf } from "../../shard/set/documents.ts";
import { readShardIndex } from "../../shard/shard-index.ts";
import { newFolder } from "./output.ts";
import { type ShardWork, stopIfAsked } from "./progress.ts";

export interface ExportRequest extends ShardWork {
  path: string;
  out: string;
  to: string;
  /** All splits that have shards when left out. */
  split?: string | undefined;
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
export async function exportShards({ path, out, to, split, signal, onProgress }: ExportRequest): Promise<ExportReport> {
  const exporter = await exporters.load(to);
  const { index, dir } = await readShardIndex(path);
  const present = index.split_names.filter((name) => index.splits[name]!.shards > 0);
  if (split !== undefined && !present.includes(split)) {
    throw new UsageError(`the set has no shards of split "${split}"`, `it has ${present.join(", ")}`);
  }
  await newFolder(out);
  const splits: ExportReport["splits"] = [];
  let done = 0;
  for (const name of split === undefined ? present : [split]) {
    const place = { dir, index, split: name };
    const target = { dir: out, split: name, index, hasLossMask: await hasLossMask(place) };
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

async function hasLossMask(place: SetPlace): Promise<boolean> {
  for (const entry of entriesOf(place)) {
    if ((await openShard(join(place.dir, entry.path))).tensor("loss_mask")) return true;
  }
  return false;
}
