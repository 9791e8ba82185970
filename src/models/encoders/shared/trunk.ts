/** The weights of a decoder that serves as an encoder. */
import type { Weights } from "../../model.ts";
import { renamed } from "./rename.ts";

/** Names begin with `model.`, as in the decoder's own files; heads and tables of angles are dropped. */
export function trunkOf(weights: Weights): Weights {
  return renamed(
    weights,
    (name) => `model.${name.replace(/^model\./, "")}`,
    /^model\.(embed_tokens|layers|norm)\.(?!.*inv_freq)/,
  );
}
