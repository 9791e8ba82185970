/** Which sample of which set stands at a position of an epoch, for one set or a weighted mixture of several. */
import { idOf } from "../../core/hash.ts";
import { mixtureOf } from "./mixture.ts";
import type { OpenSet } from "./open-set.ts";
import type { LoaderOptions } from "./options.ts";
import { type Order, orderOf } from "./order.ts";

export interface Sequence {
  /** Samples of an epoch. */
  readonly size: number;
  /** Of the data and of everything that makes the order, but the seed. */
  readonly fingerprint: string;
  /** Writes set and sample of positions `[from, from + samples.length)`. */
  fill(seed: number, epoch: number, from: number, sets: Uint16Array, samples: Float64Array): void;
}

const BLOCK_BYTES = 2 ** 20;
const WINDOW = 64;
/** A compressed shard is unpacked as a whole, so a block is a shard and few are mixed at a time. */
const COMPRESSED_WINDOW = 4;

/** The sequence of the sets by their weights. A mixture counts on over epochs: each set goes on where it stopped. */
export function sequenceOf(sets: readonly OpenSet[], weights: readonly number[], options: LoaderOptions): Sequence {
  const sizes = sets.map(({ reader }) => reader.size);
  const blocks = sets.map((set) => options.block ?? blockOf(set));
  const windows = sets.map((set) => options.window ?? (set.compressed ? COMPRESSED_WINDOW : WINDOW));
  const shuffle = options.shuffle ?? false;
  const size = options.samplesPerEpoch ?? sizes.reduce((sum, own) => sum + own, 0);
  const mixture = mixtureOf(weights);
  const single = sets.length === 1 && size === sizes[0];
  const orders: { seed: number; epoch: number; order: Order }[] = [];

  const orderFor = (set: number, seed: number, epoch: number): Order => {
    const known = orders[set];
    if (known && known.seed === seed && known.epoch === epoch) return known.order;
    const settings = { size: sizes[set]!, shuffle, seed, block: blocks[set]!, window: windows[set]!, salt: set };
    const order = orderOf(settings, epoch);
    orders[set] = { seed, epoch, order };
    return order;
  };

  return {
    size: sizes.includes(0) && !single ? 0 : size,
    fingerprint: idOf(
      "mdp-loader-1",
      shuffle ? "shuffled" : "in-order",
      `${size}`,
      ...sets.flatMap(({ identity }, set) => [`${identity.length}`, ...identity, `${mixture.shares[set]}`]),
      ...(shuffle ? sets.map((_, set) => `${blocks[set]}x${windows[set]}`) : []),
      ...(options.maxTokens === undefined ? [] : [`${options.maxTokens}/${options.pool ?? 1_024}`]),
    ),
    fill(seed, epoch, from, setNumbers, samples) {
      if (single) {
        const order = orderFor(0, seed, epoch);
        for (let i = 0; i < samples.length; i++) samples[i] = order(from + i);
        return;
      }
      for (let i = 0; i < samples.length; i++) {
        const position = epoch * size + from + i;
        const set = mixture.setAt(position);
        const place = mixture.placeAt(position);
        const setEpoch = Math.floor(place / sizes[set]!);
        setNumbers[i] = set;
        samples[i] = orderFor(set, seed, setEpoch)(place - setEpoch * sizes[set]!);
      }
    },
  };
}

/** About a megabyte, but no more than a shard, so that a window never touches more than two shards per block. */
function blockOf({ reader, compressed, sampleBytes }: OpenSet): number {
  const { files } = reader.files;
  if (compressed) return Math.max(1, ...files.map(({ samples }) => samples));
  const block = Math.min(BLOCK_BYTES / Math.max(1, sampleBytes), reader.size / files.length);
  return Math.max(1, Math.round(block));
}
