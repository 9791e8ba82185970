/** Every kind of tokenizer that can be trained. */
import { defineRegistry } from "../../core/registry.ts";
import type { Trainer } from "./trainer.ts";

export const trainers = defineRegistry<Trainer>("tokenizer model", {
  bpe: () => import("./bpe.ts"),
  wordpiece: () => import("./wordpiece.ts"),
  unigram: () => import("./unigram.ts"),
});
