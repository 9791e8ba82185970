/** A file that says for single layers how they are quantized: YAML or JSON, path → bits, sizes, or false. */
import * as v from "valibot";
import { messageOf, UsageError } from "../../core/errors.ts";
import { closest } from "../../core/suggest.ts";
import { type ModeSizes, modeNames, sizesOf } from "./modes.ts";

const size = v.pipe(v.number(), v.integer());
const Rule = v.union([
  v.boolean(),
  size,
  v.strictObject({ bits: v.optional(size), group_size: v.optional(size), mode: v.optional(v.picklist(modeNames)) }),
]);
// A record of valibot takes lists, too.
const Rules = v.pipe(
  v.custom((value) => !Array.isArray(value), "a list"),
  v.record(v.string(), Rule),
);

/** Rules in the order of the file; the first that fits counts. */
export interface LayerRules {
  file: string;
  rules: readonly (readonly [pattern: string, rule: v.InferOutput<typeof Rule>])[];
}

/** @throws UsageError that names what is wrong in the file */
export async function readLayerRules(file: string): Promise<LayerRules> {
  let value: unknown;
  try {
    value = Bun.YAML.parse(await Bun.file(file).text());
  } catch (cause) {
    throw new UsageError(`the rules of layers cannot be read: ${messageOf(cause)}`, undefined, file);
  }
  const parsed = v.safeParse(Rules, value);
  if (parsed.success) return { file, rules: Object.entries(parsed.output) };
  const [issue] = parsed.issues;
  const key = issue.path?.[0]?.key;
  throw new UsageError(
    key === undefined ? "the file must map layers to how they are quantized" : `"${key}" has no valid rule`,
    "a layer has a number of bits, an object with bits, group_size and mode, true, or false",
    file,
  );
}

/**
 * What the rules say of a layer; undefined where none fits. A `*` in a pattern stands for any text.
 * @param base sizes that a rule leaves out @param paths all layers: a pattern that fits none of them is a mistake
 */
export function ruleFor(
  { rules, file }: LayerRules,
  base: ModeSizes,
  paths: readonly string[],
): (path: string) => boolean | ModeSizes | undefined {
  const matchers = rules.map(([pattern, rule]) => {
    const matches = matcherOf(pattern);
    if (!paths.some(matches)) {
      const near = closest(pattern, paths);
      throw new UsageError(`"${pattern}" fits no layer of the model`, near && `did you mean ${near}?`, file);
    }
    return { matches, sizes: sizesFor(rule, base, file) };
  });
  return (path) => matchers.find(({ matches }) => matches(path))?.sizes;
}

function sizesFor(rule: v.InferOutput<typeof Rule>, base: ModeSizes, file: string): boolean | ModeSizes {
  if (typeof rule === "boolean") return rule;
  const { bits, group_size: groupSize, mode = base.mode } = typeof rule === "number" ? { bits: rule } : rule;
  // The base's sizes mean nothing in another mode.
  if (mode !== base.mode) return sizesOf(mode, groupSize, bits, file);
  return sizesOf(mode, groupSize ?? base.groupSize, bits ?? base.bits, file);
}

function matcherOf(pattern: string): (path: string) => boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const whole = new RegExp(`^${parts.join(".*")}$`);
  return (path) => whole.test(path);
}
