/** Which texts go to an endpoint in one request. */

/** Bytes of the texts of one request; servers refuse bodies from about two million. */
const MAX_BYTES = 1_000_000;
/** OpenAI takes 300,000 tokens in a request. */
const MAX_TOKENS = 100_000;

/** Tokens of a text as limits of rates need them before the endpoint has counted. */
export const estimatedTokens = (bytes: number): number => Math.ceil(bytes / 3);

/** Runs of neighbouring texts, given the UTF-8 bytes of each; a text that is too long by itself is a run of its own. */
export function planRequests(bytes: ArrayLike<number>, maxTexts: number): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  let from = 0;
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) {
    const total = sum + bytes[i]!;
    if (i > from && (i - from >= maxTexts || total > MAX_BYTES || estimatedTokens(total) > MAX_TOKENS)) {
      runs.push({ from, to: i });
      from = i;
      sum = 0;
    }
    sum += bytes[i]!;
  }
  if (bytes.length > from) runs.push({ from, to: bytes.length });
  return runs;
}
