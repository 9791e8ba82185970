/** Patterns in `tokenizer.json`: text to be found as it is, or a regular expression. */
import * as v from "valibot";
import { messageOf } from "../core/errors.ts";
import { type PartPlace, unsupported } from "./part.ts";
import { translateRegex } from "./regex.ts";

/** The schema of a pattern. */
export const Pattern = v.union([v.object({ String: v.string() }), v.object({ Regex: v.string() })]);

/** A global pattern; an empty text matches nothing. */
export function buildPattern(pattern: v.InferOutput<typeof Pattern>, place: PartPlace): RegExp {
  if ("String" in pattern) return new RegExp(pattern.String ? RegExp.escape(pattern.String) : "(?!)", "gv");
  try {
    return translateRegex(pattern.Regex);
  } catch (error) {
    throw unsupported(`${place.path}.pattern`, messageOf(error), place.where);
  }
}
