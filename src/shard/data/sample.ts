/** Samples: arrays by key; and the nodes of a pipeline that make them. */
import { UsageError } from "../../core/errors.ts";
import { arrayOf, type NdArray, type Value } from "./array.ts";

export type Sample = Readonly<Record<string, NdArray>>;
export type Values = Readonly<Record<string, Value>>;
export type Awaitable<T> = T | Promise<T>;

/** Known length, any sample at any time, made when it is asked for. */
export interface BufferNode {
  readonly size: number;
  /** An empty sample stands for one that was filtered out; streams leave it out. */
  get(index: number): Awaitable<Sample>;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Samples one after the other; one call of `next` at a time. */
export interface StreamNode {
  /** The next sample; undefined at the end, and from then on. */
  next(): Promise<Sample | undefined>;
  /** Begins again. Random choices differ in each pass, and are the same in each run. */
  reset(): void;
  /** Where it stands, as plain JSON. */
  state(): Json;
  /** Goes on from a state of the same pipeline. @throws UsageError for another pipeline's */
  restore(state: Json): void;
}

/** Changes a sample; undefined leaves it out. `ordinal` counts samples, for seeded choices. */
export type Op = (sample: Sample, ordinal: number) => Awaitable<Sample | undefined>;

export function sampleOf(values: Values): Sample {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, arrayOf(value)]));
}

export function isEmpty(sample: Sample): boolean {
  for (const _ in sample) return false;
  return true;
}

/** The array of a key. @throws UsageError that lists the keys when there is none */
export function arrayAt(sample: Sample, key: string): NdArray {
  const array = Object.hasOwn(sample, key) ? sample[key] : undefined;
  if (array) return array;
  throw new UsageError(`a sample has no key "${key}"`, `its keys: ${Object.keys(sample).join(", ")}`);
}

/** A node's own state beside that of the node before it. */
export function stateOf(node: string, own: Json, input?: Json): Json {
  return input === undefined ? { [node]: own } : { [node]: own, input };
}

/** The parts of a state. @throws UsageError when it was not made by such a node */
export function readState(node: string, state: Json): { own: Json; input: Json } {
  if (typeof state !== "object" || state === null || !Object.hasOwn(state, node)) {
    throw new UsageError(`the state is not of this pipeline: it has no "${node}" where one is expected`);
  }
  const { [node]: own = null, input = null } = state as Record<string, Json>;
  return { own, input };
}

/** A state that is a whole number. */
export function numberState(node: string, own: Json): number {
  if (typeof own === "number" && Number.isSafeInteger(own) && own >= 0) return own;
  throw new UsageError(`the state of "${node}" is ${JSON.stringify(own)}, not a whole number`);
}
