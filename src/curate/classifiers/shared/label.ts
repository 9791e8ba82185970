/** Which column of a classifier's scores is the measure that is asked for. */
import { MdpError } from "../../../core/errors.ts";

export type Measure = "toxicity" | "quality";

/** Labels that mean the measure, the wider one first, and labels that mean its opposite. Compared as `plain` gives. */
const names: Readonly<Record<Measure, { for: readonly string[]; against: readonly string[] }>> = {
  toxicity: {
    for: ["toxic", "toxicity", "hate", "hateful", "hatespeech", "offensive", "abusive", "unsafe", "nsfw"],
    against: [
      "nontoxic",
      "nottoxic",
      "neutral",
      "safe",
      "sfw",
      "normal",
      "clean",
      "nothate",
      "nonhate",
      "notoffensive",
    ],
  },
  quality: {
    for: ["quality", "highquality", "hq", "high", "good", "educational"],
    against: ["lowquality", "low", "bad", "poor", "noneducational"],
  },
};

/**
 * The column of `measure` among `labels`, by the first rule that fits:
 * 1. a label that names it, e.g. `toxic`, `hate`, `offensive`; `quality`, `High`;
 * 2. of two labels, the one beside its opposite, e.g. beside `neutral` or `low_quality`;
 * 3. of `LABEL_0` and `LABEL_1`, the second: transformers' names for no and yes;
 * 4. the only label.
 *
 * @throws MdpError that lists the labels when no rule fits
 */
export function columnOf(measure: Measure, labels: readonly string[], where: string): number {
  const found = labels.map(plain);
  for (const name of names[measure].for) if (found.includes(name)) return found.indexOf(name);
  if (found.length === 2) {
    const opposite = found.findIndex((label) => names[measure].against.includes(label));
    if (opposite !== -1) return 1 - opposite;
    if (found.join() === "label0,label1") return 1;
  }
  if (found.length === 1) return 0;
  throw new MdpError({
    code: "model-unsupported",
    message: `which label of the model means ${measure}? It has ${labels.join(", ")}`,
    where,
    hint: `rename that label in id2label of its config.json to ${names[measure].for[0]}`,
  });
}

/** Whether a label says that the measure is low, e.g. `neutral` for toxicity. */
export function isOpposite(measure: Measure, label: string): boolean {
  return names[measure].against.includes(plain(label));
}

/** `Non-Toxic`, `non_toxic` and `non toxic` are one name. */
function plain(label: string): string {
  return label.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
