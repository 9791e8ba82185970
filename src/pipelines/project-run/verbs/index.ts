/** The verbs of `mdp run`. */
import { defineRegistry } from "../../../core/registry.ts";
import type { VerbName } from "../config.ts";
import type { Verb } from "../verb.ts";

const loaders = {
  ingest: () => import("./ingest.ts"),
  curate: () => import("./prepare.ts"),
  dedup: () => import("./prepare.ts"),
  shard: () => import("./prepare.ts"),
  train: () => import("./train.ts"),
  "train-embedder": () => import("./train-embedder.ts"),
  "train-preferences": () => import("./train-preferences.ts"),
  fuse: () => import("./fuse.ts"),
  tokenizer: () => import("./tokenizer.ts"),
  eval: () => import("./evaluate.ts"),
} satisfies Record<VerbName, () => Promise<{ default: Verb }>>;

export const verbs = defineRegistry<Verb>("verb", loaders);
