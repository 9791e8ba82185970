/** Writes one shard of a plan: a function of the plan, the token files and the shard's position, in any process. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { assert, MdpError } from "../../core/errors.ts";
import { sha256File } from "../../core/hash.ts";
import type { Tensor } from "../formats/format.ts";
import type { ShardFacts } from "../layout.ts";
import { type OpenShard, openShard } from "../open-shard.ts";
import type { Rows } from "../pack/best-fit.ts";
import type { ShardPlan, ShardRange } from "../plan/plan.ts";
import { type ShardEntry, shardsFolder } from "../shard-index.ts";
import { fillFlat } from "./flat.ts";
import { fillRows, rowsOf } from "./rows.ts";
import { Scratch } from "./scratch.ts";
import { type Pieces, selectPieces } from "./select.ts";
import { contentHash, shardPath, writeShardFile } from "./shard-file.ts";

/** A shard as the index has it, without its position there. */
export type NewShard = Omit<ShardEntry, "id">;

/**
 * Writes shard `k` of a plan under its fixed name and returns its entry for the index. A file that is already there is
 * kept when its header says that it is this shard of this plan and its contents have the hash that it claims.
 *
 * @throws MdpError when a token file is missing or the disk is full; nothing half-written is left under the name
 */
export async function writeShard(plan: ShardPlan, k: number): Promise<NewShard> {
  const range = plan.shards[k];
  assert(range, `the plan has a shard ${k}`);
  const path = await shardPath(plan.set, plan.set.split_names[range.split]!, range.number);
  const target = join(plan.outDir, shardsFolder, path);
  const pieces = selectPieces(plan, range);
  const { width } = range;
  const rows = width === null ? undefined : rowsOf(pieces, plan.set.packing ?? "none", width);
  const facts = factsOf(plan, range, pieces, rows);
  const kept = await finished(target, plan, facts);
  if (kept) return { path, ...kept };
  using scratch = new Scratch();
  const tensors =
    rows && width !== null ? fillRows(plan, pieces, rows, width, scratch) : fillFlat(plan, pieces, scratch);
  const shard = { ...facts, content_hash: contentHash(tensors) };
  return { path, ...(await writeShardFile(target, plan.set, shard, tensors)), ...shard };
}

function factsOf(plan: ShardPlan, range: ShardRange, pieces: Pieces, rows: Rows | undefined): ShardFacts {
  const { width } = range;
  const cells = rows && width !== null ? rows.rows * width : pieces.tokens;
  return {
    split: plan.set.split_names[range.split]!,
    number: range.number,
    seq_len: width,
    samples: rows ? rows.rows : pieces.count,
    tokens: pieces.tokens,
    documents: pieces.begun,
    padding_tokens: cells - pieces.tokens,
    truncated_tokens: pieces.truncated,
    dropped_tokens: 0,
    ...(plan.set.row_overlap ? { repeated_tokens: pieces.repeated } : {}),
    begins_inside: range.start.offset > 0,
    ends_inside: range.end.offset > 0,
    content_hash: "",
  };
}

/** The size, hash and facts of a shard that an earlier run finished. */
async function finished(path: string, plan: ShardPlan, facts: ShardFacts): Promise<Omit<NewShard, "path"> | undefined> {
  if (!existsSync(path)) return undefined;
  let open: OpenShard;
  try {
    open = await openShard(path);
  } catch (error) {
    if (error instanceof MdpError) return undefined;
    throw error;
  }
  const expected = { ...facts, content_hash: open.shard.content_hash };
  const same = Bun.deepEquals(open.set, plan.set) && Bun.deepEquals(open.shard, expected);
  if (!same || contentHash(tensorsOf(open)) !== open.shard.content_hash) return undefined;
  return { bytes: statSync(path).size, hash: await sha256File(path), ...open.shard };
}

function tensorsOf(open: OpenShard): Pick<Tensor, "name" | "data">[] {
  return open.contents.tensors.map(({ name }) => ({ name, data: open.tensor(name)! }));
}
