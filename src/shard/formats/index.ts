/** File formats of shards; one static line each. */
import { defineRegistry } from "../../core/registry.ts";
import type { ShardFormat } from "./format.ts";

export const shardFormats = defineRegistry<ShardFormat>("shard format", {
  safetensors: () => import("./safetensors.ts"),
  npy: () => import("./npy.ts"),
  arrow: () => import("./arrow.ts"),
});
