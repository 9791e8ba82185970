/** Vectors from an endpoint's answer: each in its place, of one length, as numbers. */

export interface Answer {
  /** In the order of the texts. */
  vectors: Float32Array[];
  /** Tokens that the endpoint counted; undefined where it does not say. */
  tokens: number | undefined;
  /** Numbers of each vector. */
  dimension: number;
}

interface Item {
  index?: unknown;
  embedding?: unknown;
}

/** @returns what is wrong with the answer to a request of `count` texts, or the vectors */
export function readVectors(json: unknown, count: number): Answer | string {
  const { data, usage } = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
  if (!Array.isArray(data)) return 'its answer has no list "data"';
  if (data.length !== count) return `it gave ${data.length} vectors for ${count} texts`;
  const vectors = new Array<Float32Array | undefined>(count).fill(undefined);
  for (const [place, item] of (data as (Item | null)[]).entries()) {
    const { index = place, embedding } = item ?? {};
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= count) {
      return `it gave a vector the index ${JSON.stringify(index)} among ${count}`;
    }
    if (vectors[index]) return `it gave two vectors the index ${index}`;
    const vector = vectorOf(embedding);
    if (!vector) return `vector ${index} is neither a list of numbers nor base64 of float32`;
    vectors[index] = vector;
  }
  const whole = vectors as Float32Array[];
  const dimension = whole[0]?.length ?? 0;
  const other = whole.find((vector) => vector.length !== dimension);
  if (other) return `its vectors have ${dimension} and ${other.length} numbers`;
  if (dimension === 0) return "its vectors are empty";
  return { vectors: whole, tokens: tokensOf(usage), dimension };
}

/** What is not a number in a list becomes NaN, which no vector may hold. */
function vectorOf(embedding: unknown): Float32Array | undefined {
  if (Array.isArray(embedding)) {
    return Float32Array.from(embedding, (value) => (typeof value === "number" ? value : Number.NaN));
  }
  if (typeof embedding !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(embedding)) return undefined;
  const bytes = Buffer.from(embedding, "base64");
  return bytes.length % 4 === 0 ? new Float32Array(new Uint8Array(bytes).buffer) : undefined;
}

function tokensOf(usage: unknown): number | undefined {
  const { prompt_tokens: prompt, total_tokens: total } = (usage ?? {}) as Record<string, unknown>;
  const tokens = [prompt, total].find((value) => typeof value === "number" && value > 0);
  return tokens as number | undefined;
}

/** Brings a vector to length 1. False when it has none: it is zero, or holds what is not a number. */
export function normalize(vector: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  const length = Math.sqrt(sum);
  if (!Number.isFinite(length) || length === 0) return false;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
  return true;
}
