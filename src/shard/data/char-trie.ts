/** A tree of tokens by their bytes, and the cheapest way to spell a text with them. */
import { UsageError } from "../../core/errors.ts";
import { randomOf } from "../loader/permutation.ts";

interface Node {
  /** By byte. */
  children: Map<number, Node>;
  /** −1 where no token ends. */
  id: number;
}

const newNode = (): Node => ({ children: new Map(), id: -1 });

export class CharTrie {
  readonly #root = newNode();
  readonly #keys = new Map<number, Uint8Array>();

  /** Adds a token and returns its id: the given one, or the next. A token that is there keeps its id. */
  insert(token: string | Uint8Array, id = -1): number {
    const bytes = typeof token === "string" ? new TextEncoder().encode(token) : token;
    let node = this.#root;
    for (const byte of bytes) {
      let child = node.children.get(byte);
      if (!child) {
        child = newNode();
        node.children.set(byte, child);
      }
      node = child;
    }
    if (node.id === -1) {
      node.id = id < 0 ? this.#keys.size : id;
      this.#keys.set(node.id, bytes);
    }
    return node.id;
  }

  /** The id of a token; undefined when there is none. */
  search(token: string): number | undefined {
    let node: Node | undefined = this.#root;
    for (const byte of new TextEncoder().encode(token)) node = node?.children.get(byte);
    return node && node.id !== -1 ? node.id : undefined;
  }

  get numKeys(): number {
    return this.#keys.size;
  }

  /** The bytes of a token. */
  keyBytes(id: number): Uint8Array | undefined {
    return this.#keys.get(id);
  }

  /** Calls `visit` for every token that begins at a place of a text, the shortest first. */
  eachPrefix(bytes: Uint8Array, start: number, visit: (id: number, end: number) => void): void {
    let node: Node | undefined = this.#root;
    for (let at = start; at < bytes.length; ) {
      node = node.children.get(bytes[at++]!);
      if (!node) return;
      if (node.id !== -1) visit(node.id, at);
    }
  }
}

export interface TokenizeOptions {
  /** The cheapest tokens, or any valid ones. */
  mode?: "shortest" | "rand";
  /** Leaves out bytes that no token covers; else they are an error. */
  ignoreUnk?: boolean;
  /** Cost of each token by id; 1 by default. */
  trieKeyScores?: readonly number[];
  seed?: number;
}

/** Ids of tokens that spell a text. @throws UsageError that names the first byte at which nothing fits */
export function tokenizeByTrie(
  bytes: Uint8Array,
  trie: CharTrie,
  { mode = "shortest", ignoreUnk = false, trieKeyScores = [], seed = 0 }: TokenizeOptions,
  ordinal: number,
): Int32Array {
  const size = bytes.length;
  // Cheapest cost from each place to the end, and the step that begins it: its token (−1: a byte left out) and its end.
  const costs = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
  const tokens = new Int32Array(size).fill(-1);
  const ends = new Int32Array(size);
  costs[size] = 0;
  for (let at = size - 1; at >= 0; at--) {
    const choices: { id: number; end: number }[] = [];
    trie.eachPrefix(bytes, at, (id, end) => choices.push({ id, end }));
    const possible = choices.filter(({ end }) => costs[end]! < Number.POSITIVE_INFINITY);
    if (possible.length === 0 && ignoreUnk) possible.push({ id: -1, end: at + 1 });
    const drawn =
      mode === "rand" && possible.length > 0 ? possible[randomOf(seed, ordinal, at) % possible.length] : undefined;
    for (const { id, end } of drawn ? [drawn] : possible) {
      const cost = costs[end]! + (id === -1 ? 0 : (trieKeyScores[id] ?? 1));
      if (cost >= costs[at]!) continue;
      costs[at] = cost;
      tokens[at] = id;
      ends[at] = end;
    }
  }
  if (costs[0] === Number.POSITIVE_INFINITY) throw unspellable(bytes, trie);
  const ids: number[] = [];
  for (let at = 0; at < size; at = ends[at]!) if (tokens[at] !== -1) ids.push(tokens[at]!);
  return Int32Array.from(ids);
}

function unspellable(bytes: Uint8Array, trie: CharTrie): UsageError {
  const reached = new Uint8Array(bytes.length + 1);
  reached[0] = 1;
  let last = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (!reached[at]) continue;
    last = at;
    trie.eachPrefix(bytes, at, (_, end) => {
      reached[end] = 1;
    });
  }
  return new UsageError(
    `no token fits at byte ${last} of a text of ${bytes.length} bytes`,
    "add the missing tokens to the trie, or set ignoreUnk",
  );
}
