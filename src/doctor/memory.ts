/** Memory of the machine, of this process, and of MLX. */
import { freemem, totalmem } from "node:os";
import * as mx from "../mlx/index.ts";
import type { CheckResult } from "./check.ts";
import { megabytes } from "./shared/units.ts";

/** What the default model, the store and one batch of documents need together. */
const NEEDED_BYTES = 1e9;

export default function memory(): CheckResult {
  // In a container the limit is its own, not the machine's.
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const available = Math.min(process.availableMemory?.() ?? freemem(), total);
  const detail = [
    `${megabytes(total)} in all`,
    `${megabytes(available)} available`,
    `this process ${megabytes(process.memoryUsage.rss())}`,
    `MLX ${megabytes(mx.activeMemory())} now, ${megabytes(mx.peakMemory())} at most`,
  ].join(", ");
  const ok = total >= NEEDED_BYTES;
  const tight =
    available < NEEDED_BYTES ? `close other programs: mdp needs about ${megabytes(NEEDED_BYTES)}` : undefined;
  return { ok, detail, hint: tight };
}
