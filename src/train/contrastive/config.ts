/** Settings of `train-embedder`. */
import * as v from "valibot";

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(0.9));
const above = (limit: number) => v.pipe(v.number(), v.gtValue(limit));
const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));
const setting = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text));

export const ContrastiveSettings = v.strictObject({
  epochs: v.optional(setting(count(1), "Passes over the rows."), 1),
  batchSize: v.optional(setting(count(2), "Rows of one step, each a stranger to all others."), 32),
  learningRate: v.optional(setting(above(0), "Highest learning rate."), 2e-5),
  warmup: v.optional(
    setting(share, "Share of the steps in which the learning rate rises; in the others it falls to 0."),
    0.1,
  ),
  weightDecay: v.optional(
    setting(v.pipe(v.number(), v.minValue(0)), "How much weights shrink in each step, times the learning rate."),
    0,
  ),
  maxGradNorm: v.optional(setting(v.pipe(v.number(), v.minValue(0)), "Clip gradients to this norm; 0 does not."), 1),
  temperature: v.optional(
    setting(above(0), "Divides the similarities: less presses the nearest strangers away most."),
    0.05,
  ),
  symmetric: v.optional(setting(v.boolean(), "Also ask of each positive to find its anchor."), false),
  seed: v.optional(setting(count(0), "Seed of the order and of what is held out."), 0),
  holdOut: v.optional(
    setting(share, "Share of the anchors on which retrieval is measured, where no validation is named; 0 keeps none."),
    0.1,
  ),
  validation: v.optional(setting(v.string(), "Rows on which retrieval is measured.")),
  maxTokens: v.optional(setting(count(3), "Tokens of a text, the rest is cut; by default what the model takes.")),
});
export type ContrastiveSettings = v.InferOutput<typeof ContrastiveSettings>;
