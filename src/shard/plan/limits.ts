/** The limits of a shard in bytes and tokens, as numbers of rows and tokens. */
import { UsageError } from "../../core/errors.ts";
import { metadataOf, type SetFacts } from "../layout.ts";
import { tokenBytesOf } from "../staging/token-file.ts";
import type { PlanSettings } from "./plan.ts";

export interface Limits {
  tokensMax: number;
  /** Most rows of a width. */
  rowsMax(width: number): number;
  /** Whether a flat shard of so many tokens and documents is within the limits. */
  flatFits(tokens: number, documents: number): boolean;
  /** Most tokens that a further document may add to a flat shard; below 1 when there is room for none. */
  flatRoom(tokens: number, documents: number): number;
}

/** Headers, directories and padding of any format, beside the metadata, which Arrow holds twice. */
const overheadBytes = 2_048;
const countDigits = 512;
const segmentBytes = 2;
/** An offset and an id. */
const documentBytes = 16;

/** @throws UsageError when not even one row, or one token, is within the limits */
export function limitsOf(settings: PlanSettings, set: SetFacts, hasLossMask: boolean): Limits {
  const { maxShardSizeBytes, maxTokensPerShard, pack, seqLen } = settings;
  const metadata = JSON.stringify(metadataOf(set, {} as never)).length + countDigits;
  const room = maxShardSizeBytes - overheadBytes - 2 * metadata;
  const tokenBytes = tokenBytesOf(settings.vocabSize) + (hasLossMask ? 1 : 0);
  const flatRoom = (tokens: number, documents: number) =>
    Math.min(maxTokensPerShard - tokens, Math.floor((room - (documents + 1) * documentBytes) / tokenBytes) - tokens);
  const limits: Limits = {
    tokensMax: maxTokensPerShard,
    rowsMax: (width) => Math.floor(room / (width * (tokenBytes + segmentBytes))),
    flatFits: (tokens, documents) => flatRoom(tokens, documents - 1) >= 0,
    flatRoom,
  };
  if (pack && seqLen > maxTokensPerShard) {
    throw new UsageError(
      `a row of ${seqLen} tokens does not fit into a shard of ${maxTokensPerShard}`,
      "raise --max-tokens-per-shard or lower --seq-len",
    );
  }
  if (pack ? limits.rowsMax(seqLen) < 1 : flatRoom(0, 0) < 1) {
    throw new UsageError(
      `a shard of ${maxShardSizeBytes} bytes has no room for ${pack ? `a row of ${seqLen} tokens` : "tokens"}`,
      pack ? "raise --max-shard-size-bytes or lower --seq-len" : "raise --max-shard-size-bytes",
    );
  }
  return limits;
}
