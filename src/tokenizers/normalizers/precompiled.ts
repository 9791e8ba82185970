/**
 * The Precompiled normalizer as the Rust library applies it: grapheme by grapheme, of which only short ones are looked
 * up as a whole, and by the shortest key that they begin with.
 */
import { rewrite, type Step } from "../sourced.ts";
import type { Charsmap } from "./charsmap.ts";

const MAX_GRAPHEME_BYTES = 5;
const CACHE_ENTRIES = 16_384;
/** Characters that may be part of a longer grapheme, with those beside them; line ends are one. */
const STRETCHES = /[\0-\x7f]?[^\0-\x7f]+(?:[\0-\x7f][^\0-\x7f]+)*[\0-\x7f]?|\r\n|[\0-\x7f]/g;

/** Normalizes by a table. */
export function precompiled(charsmap: Charsmap): Step {
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  const cache = new Map<string, string>();
  const change = (grapheme: string) => {
    let text = cache.get(grapheme);
    if (text === undefined) {
      text = changed(charsmap, grapheme);
      if (cache.size >= CACHE_ENTRIES) cache.clear();
      cache.set(grapheme, text);
    }
    return text;
  };
  const ascii = asciiOf(charsmap);
  const pattern = ascii.length ? new RegExp(STRETCHES.source.replace(/\[\\0-\\x7f\]$/, `[${ascii}]`), "g") : STRETCHES;
  return (input) => {
    const output = rewrite(input, pattern, (stretch) => {
      if (stretch.length === 1 || stretch === "\r\n") return change(stretch);
      let out = "";
      for (const { segment } of graphemes.segment(stretch)) out += change(segment);
      return out;
    });
    // As the library has it: what this normalizer takes off the start does not count.
    return { ...output, first: input.first };
  };
}

/** The ASCII characters that the table changes, as the inside of a class; most texts have none of them. */
function asciiOf(charsmap: Charsmap): string {
  const codes = Array.from({ length: 128 }, (_, code) => code);
  return codes
    .filter((code) => changed(charsmap, String.fromCharCode(code)) !== String.fromCharCode(code))
    .map((code) => `\\x${code.toString(16).padStart(2, "0")}`)
    .join("");
}

function changed(charsmap: Charsmap, grapheme: string): string {
  const whole = Buffer.byteLength(grapheme) <= MAX_GRAPHEME_BYTES ? charsmap.shortest(grapheme) : undefined;
  if (whole !== undefined) return whole;
  return Array.from(grapheme, (character) => charsmap.shortest(character) ?? character).join("");
}
