/** Byte pairs that may be merged, and the tokens of a text by merging the earliest pairs first. */
import { UsageError } from "../../core/errors.ts";
import type { CharTrie } from "./char-trie.ts";

/** Merges by their two texts; a lower token is merged earlier. */
export class BPEMerges {
  readonly #tokens = new Map<string, number>();

  /** Two texts become one token; of two tokens for the same texts the lower one holds. */
  add(left: string, right: string, token: number): void {
    const pair = pairOf(latin(Buffer.from(left)), latin(Buffer.from(right)));
    this.#tokens.set(pair, Math.min(token, this.#tokens.get(pair) ?? token));
  }

  /** The token that two texts become; undefined when they stay apart. */
  canMerge(left: string, right: string): number | undefined {
    return this.mergeOf(latin(Buffer.from(left)), latin(Buffer.from(right)));
  }

  /** The same for texts with one character per byte. */
  mergeOf(left: string, right: string): number | undefined {
    return this.#tokens.get(pairOf(left, right));
  }
}

/** Ids of a text: the longest symbols of the trie from the left, then merges until none is left. */
export function tokenizeByMerges(bytes: Uint8Array, symbols: CharTrie, merges: BPEMerges): Int32Array {
  const { texts, ids } = symbolsOf(bytes, symbols);
  const count = ids.length;
  const next = Int32Array.from({ length: count }, (_, i) => i + 1);
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
  const queue = new MergeQueue();
  const consider = (left: number) => {
    const right = next[left]!;
    if (left < 0 || right >= count) return;
    const token = merges.mergeOf(texts[left]!, texts[right]!);
    if (token !== undefined) queue.push({ token, left, size: texts[left]!.length + texts[right]!.length });
  };
  for (let left = 0; left + 1 < count; left++) consider(left);
  for (let pair = queue.pop(); pair; pair = queue.pop()) {
    const { token, left, size } = pair;
    const right = next[left]!;
    // Either side has changed since: what it became was considered then.
    if (ids[left] === -1 || right >= count || texts[left]!.length + texts[right]!.length !== size) continue;
    if (merges.mergeOf(texts[left]!, texts[right]!) !== token) continue;
    texts[left] += texts[right]!;
    ids[left] = token;
    ids[right] = -1;
    next[left] = next[right]!;
    if (next[left]! < count) previous[next[left]!] = left;
    if (previous[left]! >= 0) consider(previous[left]!);
    consider(left);
  }
  return ids.filter((id) => id !== -1);
}

function symbolsOf(bytes: Uint8Array, symbols: CharTrie): { texts: string[]; ids: Int32Array } {
  const texts: string[] = [];
  const ids: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let longest = -1;
    let end = at;
    symbols.eachPrefix(bytes, at, (id, stop) => {
      longest = id;
      end = stop;
    });
    if (longest === -1) throw new UsageError(`no symbol fits at byte ${at} of a text of ${bytes.length} bytes`);
    texts.push(latin(bytes.subarray(at, end)));
    ids.push(longest);
    at = end;
  }
  return { texts, ids: Int32Array.from(ids) };
}

interface Pair {
  token: number;
  left: number;
  size: number;
}

/** A heap: the lowest token first, then the leftmost. */
class MergeQueue {
  readonly #pairs: Pair[] = [];

  push(pair: Pair): void {
    const pairs = this.#pairs;
    let at = pairs.push(pair) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(pairs[at]!, pairs[parent]!)) break;
      [pairs[at], pairs[parent]] = [pairs[parent]!, pairs[at]!];
      at = parent;
    }
  }

  pop(): Pair | undefined {
    const pairs = this.#pairs;
    const first = pairs[0];
    const last = pairs.pop();
    if (!first || !last || pairs.length === 0) return first;
    pairs[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let smallest = at;
      if (left < pairs.length && before(pairs[left]!, pairs[smallest]!)) smallest = left;
      if (right < pairs.length && before(pairs[right]!, pairs[smallest]!)) smallest = right;
      if (smallest === at) return first;
      [pairs[at], pairs[smallest]] = [pairs[smallest]!, pairs[at]!];
      at = smallest;
    }
  }
}

function before(a: Pair, b: Pair): boolean {
  return a.token < b.token || (a.token === b.token && a.left < b.left);
}

/** The length keeps the border between the two texts. */
function pairOf(left: string, right: string): string {
  return `${left.length}:${left}${right}`;
}

/** One character per byte, so that parts of a character can be texts, too. */
function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
