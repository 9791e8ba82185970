/** Settings of answers: the model that reads what was found. */
import * as v from "valibot";

export const AskSettings = v.strictObject({
  decoder: v.optional(
    v.pipe(
      v.string(),
      v.description("Model that answers questions and, with --expand, rewrites them: a folder, or a name."),
    ),
  ),
});
export type AskSettings = v.InferOutput<typeof AskSettings>;
