/** Reads a finished set of shards back, as training would, and counts what comes. */
import { MdpError } from "../../core/errors.ts";
import { ShardLoader } from "../../shard/loader.ts";
import { readShardIndex } from "../../shard/shard-index.ts";

export interface LoadCheck {
  batches: number;
  samples: number;
  tokens: number;
  seconds: number;
}

const BATCH = 64;

/**
 * Loads every split in order and compares samples and tokens with the index.
 *
 * @throws MdpError `load-differs` for a split of which something else comes back
 */
export async function checkLoad(dir: string): Promise<LoadCheck> {
  const { index } = await readShardIndex(dir);
  const started = performance.now();
  const total: LoadCheck = { batches: 0, samples: 0, tokens: 0, seconds: 0 };
  for (const [split, expected] of Object.entries(index.splits)) {
    if (expected.shards === 0) continue;
    const found = { samples: 0, tokens: 0 };
    using loader = await ShardLoader.open(dir, { split, batchSize: BATCH, reuse: true });
    for await (const batch of loader) {
      total.batches++;
      found.samples += batch.rows;
      const { segment_ids: segments } = batch;
      if (segments) for (let i = 0; i < segments.length; i++) found.tokens += segments[i] === 0 ? 0 : 1;
      else found.tokens += batch.input_ids.length;
    }
    // Flat shards may part a document, whose pieces come back as one sample.
    const same = found.tokens === expected.tokens && (index.layout === "flat" || found.samples === expected.samples);
    if (!same) {
      throw new MdpError({
        code: "load-differs",
        message: `of ${split} ${found.samples} samples with ${found.tokens} tokens were loaded, the index says ${expected.samples} with ${expected.tokens}`,
        where: dir,
        hint: "mdp shard verify says which shard is damaged",
      });
    }
    total.samples += found.samples;
    total.tokens += found.tokens;
  }
  return { ...total, seconds: (performance.now() - started) / 1000 };
}
