/** Pre-tokenizers from `tokenizer.json`. */
import * as v from "valibot";
import { BYTE_CHARACTERS } from "../byte-alphabet.ts";
import { NUMERIC, WORD } from "../more-unicode-tables.ts";
import { buildPart, type Part, type PartPlace, part, placeOf } from "../part.ts";
import { buildPattern, Pattern } from "../pattern.ts";
import { translateRegex, withoutNewer } from "../regex.ts";
import { applyEdits, prepend, type Sourced } from "../sourced.ts";
import { rangesOf } from "../unicode.ts";
import { PUNCTUATION, WHITESPACE } from "../unicode-tables.ts";
import { type Behavior, cutBefore, inTurn, type PreTokenizer, splitter } from "./pre-tokenizer.ts";

/** GPT-2's words. */
export const GPT2_WORDS = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"] as const;
const OptionalBehavior = v.optional(v.picklist(BEHAVIORS), "Isolated");

const setOf = (packed: string) => new RegExp(`[${rangesOf(packed)}]`, "gu");
const spaces = () => splitter(setOf(WHITESPACE), "Removed");
const punctuation = (behavior: Behavior) => splitter(setOf(PUNCTUATION), behavior);

const gpt2Words = () => splitter(translateRegex(GPT2_WORDS), "Isolated", false, withoutNewer);

const encoder = new TextEncoder();

/** Each byte of a piece's UTF-8 as a character of its own. */
export function toBytes(piece: Sourced): Sourced {
  const edits = Array.from(piece.text.matchAll(/[^!-~]/gu), ({ 0: character, index }) => ({
    start: index,
    end: index + character.length,
    text: Array.from(encoder.encode(character), (byte) => BYTE_CHARACTERS[byte]!).join(""),
  }));
  return applyEdits(piece, edits);
}

const MetaspaceOptions = v.object({
  replacement: v.optional(v.string(), "▁"),
  prepend_scheme: v.optional(v.picklist(["always", "never", "first"])),
  // Older files have only this one.
  add_prefix_space: v.optional(v.boolean(), true),
  split: v.optional(v.boolean(), true),
});

/** Metaspace's options: whether and where it puts a replacement before the text. */
export function metaspaceOptions(spec: v.InferOutput<typeof MetaspaceOptions>) {
  const { replacement, split, prepend_scheme, add_prefix_space } = spec;
  return { replacement, split, scheme: prepend_scheme ?? (add_prefix_space ? "always" : "never") };
}
export { MetaspaceOptions };

function metaspace(spec: v.InferOutput<typeof MetaspaceOptions>): PreTokenizer {
  const { replacement, split, scheme } = metaspaceOptions(spec);
  const cut = cutBefore((text, after) => text.indexOf(replacement, after + 1));
  return (piece, emit) => {
    const text = piece.text.replaceAll(" ", replacement);
    const replaced = text === piece.text ? piece : { ...piece, text };
    const wanted = scheme === "always" || (scheme === "first" && piece.first);
    const whole = wanted && text !== "" && !text.startsWith(replacement) ? prepend(replaced, replacement) : replaced;
    if (split) cut(whole, emit);
    else emit(whole);
  };
}

const parts: Record<string, Part<PreTokenizer>> = {
  BertPreTokenizer: () => inTurn([spaces(), punctuation("Isolated")]),
  ByteLevel: part(
    v.object({ add_prefix_space: v.optional(v.boolean(), true), use_regex: v.optional(v.boolean(), true) }),
    ({ add_prefix_space, use_regex }) => {
      const words = use_regex ? gpt2Words() : inTurn([]);
      return (piece, emit) => {
        const prefixed = add_prefix_space && !piece.text.startsWith(" ") ? prepend(piece, " ") : piece;
        words(prefixed, (word) => emit(toBytes(word)));
      };
    },
  ),
  CharDelimiterSplit: part(v.object({ delimiter: v.string() }), ({ delimiter }) =>
    splitter(new RegExp(RegExp.escape(delimiter), "gu"), "Removed"),
  ),
  Digits: part(v.object({ individual_digits: v.optional(v.boolean(), false) }), ({ individual_digits }) =>
    splitter(setOf(NUMERIC), individual_digits ? "Isolated" : "Contiguous"),
  ),
  Metaspace: part(MetaspaceOptions, metaspace),
  Punctuation: part(v.object({ behavior: OptionalBehavior }), ({ behavior }) => punctuation(behavior)),
  Sequence: part(v.object({ pretokenizers: v.array(v.unknown()) }), ({ pretokenizers }, place) =>
    inTurn(pretokenizers.map((spec, i) => buildPart(parts, spec, placeOf(place, "pretokenizers", i)))),
  ),
  Split: part(
    v.object({ pattern: Pattern, behavior: v.picklist(BEHAVIORS), invert: v.optional(v.boolean(), false) }),
    ({ pattern, behavior, invert }, place) => splitter(buildPattern(pattern, place), behavior, invert, withoutNewer),
  ),
  Whitespace: () => {
    const word = rangesOf(WORD);
    return splitter(new RegExp(`[${word}]+|[^${word}${rangesOf(WHITESPACE)}]+`, "gu"), "Removed", true);
  },
  WhitespaceSplit: () => spaces(),
};

const LastBytes = v.object({
  type: v.literal("ByteLevel"),
  add_prefix_space: v.literal(false),
  use_regex: v.optional(v.boolean(), true),
});
const Steps = v.object({ type: v.literal("Sequence"), pretokenizers: v.array(v.unknown()) });

/**
 * The pre-tokenizer without its last step, when that is to turn pieces into bytes: then it can be done after a piece
 * was looked for in a cache. Undefined for any other.
 */
export function withoutLastBytes(spec: unknown, place: PartPlace): PreTokenizer | undefined {
  const steps = v.is(Steps, spec) ? spec.pretokenizers : [spec];
  const last = v.safeParse(LastBytes, steps.at(-1));
  if (!last.success) return undefined;
  const before = steps.slice(0, -1).map((step) => buildPart(parts, step, place));
  const words = last.output.use_regex ? [gpt2Words()] : [];
  return inTurn([...before, ...words]);
}

/** What `pre_tokenizer` asks for; without one the whole text is a piece. */
export function buildPreTokenizer(spec: unknown, place: PartPlace): PreTokenizer {
  return spec === null || spec === undefined ? inTurn([]) : buildPart(parts, spec, place);
}
