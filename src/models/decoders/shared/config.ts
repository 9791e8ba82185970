/** Keys that decoders' configurations share, with limits that no real model comes near. */
import * as v from "valibot";
import type { RopeSettings } from "./rope.ts";
import { ropeProblem } from "./rope-scaling.ts";

const size = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

/** Features, heads, experts: whole numbers of at least 1. */
export const width = size(2 ** 20);
export const layers = size(1024);
export const heads = size(4096);
/** Position and length, in tokens. */
export const tokens = size(2 ** 31);
export const positive = v.pipe(
  v.number(),
  v.finite(),
  v.check((x) => x > 0, "must be above 0"),
);
export const share = v.pipe(
  v.number(),
  v.check((x) => x > 0 && x <= 1, "must be above 0 and at most 1"),
);
export const flag = (fallback: boolean) => v.optional(v.boolean(), fallback);

/** `hidden_act` of models whose gate is a SiLU; another name means another function. */
export const siluAct = v.nullish(v.picklist(["silu", "swish"]));

/** What every decoder has. */
export const commonEntries = {
  vocab_size: size(2 ** 24),
  hidden_size: width,
  num_hidden_layers: layers,
  intermediate_size: size(2 ** 22),
  num_attention_heads: heads,
  num_key_value_heads: v.nullish(heads),
};

export interface HeadConfig {
  hidden_size: number;
  num_attention_heads: number;
  num_key_value_heads?: number | null | undefined;
  head_dim?: number | null | undefined;
}

/** Heads of keys and values; without the key each query head has its own. */
export const keyHeads = (config: HeadConfig): number => config.num_key_value_heads ?? config.num_attention_heads;

/** Features of one head. */
export const headSize = (config: HeadConfig): number =>
  config.head_dim ?? config.hidden_size / config.num_attention_heads;

/**
 * The check that ends a schema: heads divide what they must, and the rotary positions can be computed.
 * @param ropes the settings of all rotations that the architecture uses
 */
export function fits<C extends HeadConfig>(ropes: (config: C) => readonly RopeSettings[]): v.RawCheckAction<C> {
  return v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const message = headProblem(dataset.value) ?? firstOf(ropes(dataset.value), ropeProblem);
    if (message) addIssue({ message });
  });
}

function headProblem(config: HeadConfig): string | undefined {
  const { hidden_size, num_attention_heads: queries } = config;
  if (!Number.isInteger(headSize(config))) return `${queries} heads do not divide a hidden size of ${hidden_size}`;
  if (headSize(config) > 4096) return `heads of ${headSize(config)} features; the limit is 4096`;
  const shared = keyHeads(config);
  return queries % shared === 0 ? undefined : `${shared} key heads do not divide ${queries} query heads`;
}

function firstOf<T>(items: readonly T[], problem: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = problem(item);
    if (found) return found;
  }
  return undefined;
}

/** Calls `make` once for each configuration object. */
export function perConfig<C extends object, T>(make: (config: C) => T): (config: C) => T {
  const known = new WeakMap<C, { value: T }>();
  return (config) => {
    const entry = known.get(config) ?? { value: make(config) };
    known.set(config, entry);
    return entry.value;
  };
}
