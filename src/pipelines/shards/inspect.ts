/** Says what a set, or one shard file, holds. */
import { statSync } from "node:fs";
import { MdpError } from "../../core/errors.ts";
import type { SetFacts, ShardFacts } from "../../shard/layout.ts";
import { formatOf, openShard } from "../../shard/open-shard.ts";
import { readShardIndex, type ShardIndex } from "../../shard/shard-index.ts";

export type InspectReport =
  | { kind: "set"; dir: string; index: ShardIndex; bytes: number }
  | { kind: "shard"; path: string; bytes: number; set: SetFacts; shard: ShardFacts; tensors: TensorReport[] };

export interface TensorReport {
  name: string;
  dtype: string;
  shape: readonly number[];
  bytes: number;
  /** The first numbers. */
  first: string[];
}

const shown = 8;

/** @throws MdpError when the path is neither a set with an index nor a shard */
export async function inspectShards(path: string): Promise<InspectReport> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) {
    throw new MdpError({ code: "not-found", message: "there is nothing at this path", where: path });
  }
  if (!stat.isFile() || !(await formatOf(path))) {
    const { index, dir } = await readShardIndex(path);
    return { kind: "set", dir, index, bytes: index.shards.reduce((sum, { bytes }) => sum + bytes, 0) };
  }
  const { set, shard, contents, tensor } = await openShard(path);
  const tensors = contents.tensors.map(({ name, dtype, shape, bytes }) => {
    const first = Array.from(tensor(name)!.subarray(0, shown) as Iterable<number | bigint>, String);
    return { name, dtype, shape, bytes, first };
  });
  return { kind: "shard", path, bytes: stat.size, set, shard, tensors };
}
