/** The one place that loads LanceDB, on first use, into a prepared environment. */
import { availableParallelism } from "node:os";
import type * as LanceDB from "@lancedb/lancedb";
import { MdpError, messageOf } from "../core/errors.ts";
import { shareHeaps } from "../core/native.ts";
import { prepareEnvironment } from "./environment.ts";

export type { LanceDB };

/** Opens a folder of tables; what it holds of indices and of metadata stays within these sizes. */
export function connectTo(dir: string, indexBytes: number, metadataBytes: number): Promise<LanceDB.Connection> {
  const { connect, Session } = lancedb();
  return connect(dir, {}, new Session(BigInt(indexBytes), BigInt(metadataBytes)));
}

/**
 * Heaps of all native threads: LanceDB starts some thirty, and what one has freed in a heap of its own stays there. Two
 * are enough for LanceDB, one more per core leaves MLX's streams apart.
 */
const HEAPS = 2 + availableParallelism();

let loadedLanceDB: typeof LanceDB | undefined;

/** LanceDB; the first call takes about 150 ms. */
export function lancedb(): typeof LanceDB {
  if (!loadedLanceDB) {
    prepareEnvironment();
    shareHeaps(HEAPS);
    try {
      loadedLanceDB = require("@lancedb/lancedb") as typeof LanceDB;
    } catch (cause) {
      throw new MdpError({
        code: "lancedb-missing",
        message: `LanceDB could not be loaded on ${process.platform} ${process.arch}: ${messageOf(cause)}`,
        hint: "LanceDB has builds for Linux x64 and arm64 (glibc) and for macOS arm64; in development run `bun install`",
        cause,
      });
    }
  }
  return loadedLanceDB;
}
