/** Settings of `train-preferences`, beside those that it shares with `train`. */
import * as v from "valibot";

const setting = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text));

export const preferenceLosses = ["sigmoid", "ipo", "hinge"] as const;
export type PreferenceLoss = (typeof preferenceLosses)[number];

export const PreferenceSettings = v.strictObject({
  beta: v.optional(
    setting(v.pipe(v.number(), v.gtValue(0)), "How strongly the model is held to what it was; above 0."),
    0.1,
  ),
  preferenceLoss: v.optional(setting(v.picklist(preferenceLosses), "Loss of a pair."), "sigmoid"),
  labelSmoothing: v.optional(
    setting(
      v.pipe(v.number(), v.minValue(0), v.ltValue(0.5)),
      "Share of pairs whose order is taken to be wrong, below 0.5; of sigmoid only.",
    ),
    0,
  ),
  referenceAdapter: v.optional(
    setting(
      v.string(),
      "Adapter of the model to compare with; by default none, with lora and dora also after --resume-adapter-file.",
    ),
  ),
});
export type PreferenceSettings = v.InferOutput<typeof PreferenceSettings>;
