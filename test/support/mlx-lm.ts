/** Logits and greedy tokens of mlx-lm's models, to compare ours with. */
import { python } from "./peers.ts";

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
}

export interface LogitsAnswer {
  shape: number[];
  /** `[rows, length, vocabulary]`. */
  logits: Float32Array;
  greedy: number[];
}

/** All in one process, since starting it takes longer than the answers. */
export async function mlxLmLogits(requests: readonly LogitsRequest[]): Promise<LogitsAnswer[]> {
  const lines = requests.map((request) => `${JSON.stringify(request)}\n`).join("");
  const answers = await python("test/parity/decoder_reference.py", [], lines);
  return answers.map((line) => {
    const { shape, logits, greedy } = JSON.parse(line);
    return { shape, logits: new Float32Array(Uint8Array.fromBase64(logits).buffer), greedy };
  });
}
