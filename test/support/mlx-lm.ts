/** Logits and greedy tokens of mlx-lm's models, to compare ours with. */
import { sameLibrary } from "./mlx-lm-adapters.ts";

export interface LogitsRequest {
  model: string;
  /** Rows of equal length. */
  ids: number[][];
  /** Lengths of the calls, with a cache; without it there is one call and no cache. */
  pieces?: number[];
  kv_bits?: number;
  kv_group_size?: number;
  /** How many tokens to go on by the largest logit. */
  greedy?: number;
  /** Asks for the derivatives of the mean of the squared logits. */
  gradients?: boolean;
}

export interface LogitsAnswer {
  shape: number[];
  /** `[rows, length, vocabulary]`. */
  logits: Float32Array;
  greedy: number[];
  /** By the names of the weights. */
  gradients: Map<string, Float32Array>;
}

type Encoded = { shape: number[]; logits: string; greedy: number[]; gradients: Record<string, string> };

/** All in one process, since starting it takes longer than the answers, and with our library: most are equal to ours. */
export async function mlxLmLogits(requests: readonly LogitsRequest[]): Promise<LogitsAnswer[]> {
  const answers = await sameLibrary<Encoded>("test/parity/decoder_reference.py", requests);
  return answers.map(({ shape, logits, greedy, gradients }) => ({
    shape,
    logits: decoded(logits),
    greedy,
    gradients: new Map(Object.entries(gradients).map(([name, data]) => [name, decoded(data)])),
  }));
}

function decoded(base64: string): Float32Array {
  return new Float32Array(Uint8Array.fromBase64(base64).buffer);
}
