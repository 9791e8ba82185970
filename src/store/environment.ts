/** The environment that LanceDB's native code reads when it loads. */
import { availableParallelism } from "node:os";
import { getNativeEnv, setNativeEnv } from "../core/native.ts";

/**
 * Threads of Lance's compute pool. A full-text index build keeps about half of the cores busy with workers that wait
 * for tasks of the same pool: where the pool is not larger than that, the build never returns (seen on two cores).
 */
export const LEAST_CPU_THREADS = Math.max(4, availableParallelism());

/** What stands unless the user has set it. */
const DEFAULTS: Readonly<Record<string, string>> = {
  // The first format loses positions in a merge of indices and then fails every later `optimize`.
  LANCE_FTS_FORMAT_VERSION: "2",
  // Bounds of the memory of a full-text build: workers (by default half of the cores and one more), and MiB of words
  // that each gathers before it writes them (2,048).
  LANCE_FTS_NUM_SHARDS: "2",
  LANCE_FTS_PARTITION_SIZE: "256",
  // What a scan reads ahead (2 GiB): a fold and an index build hold it beside what they make of it.
  LANCE_DEFAULT_IO_BUFFER_SIZE: String(64 * 1024 ** 2),
  LANCE_INCLUDE_VECTOR_CENTROIDS: "false",
  LANCEDB_LOG: "error",
  LANCE_LOG: "error",
  RUST_LOG: "error",
};

/** Names of the variables that matter to the store, for diagnosis. */
export const NATIVE_VARIABLES: readonly string[] = ["LANCE_CPU_THREADS", ...Object.keys(DEFAULTS)];

/** Sets the environment. Call it before the addon loads; a smaller `LANCE_CPU_THREADS` of the user's is raised. */
export function prepareEnvironment(): void {
  const threads = Number(getNativeEnv("LANCE_CPU_THREADS"));
  if (!(Number.isInteger(threads) && threads >= LEAST_CPU_THREADS)) {
    setNativeEnv("LANCE_CPU_THREADS", String(LEAST_CPU_THREADS), { overwrite: true });
  }
  for (const [name, value] of Object.entries(DEFAULTS)) setNativeEnv(name, value, { overwrite: false });
}
