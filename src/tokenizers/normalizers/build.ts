/** Normalizers from `tokenizer.json`. */
import * as v from "valibot";
import { messageOf } from "../../core/errors.ts";
import { MARKS } from "../more-unicode-tables.ts";
import { buildPart, type Part, type PartPlace, part, placeOf, unsupported } from "../part.ts";
import { buildPattern, Pattern } from "../pattern.ts";
import { toBytes } from "../pre-tokenizers/build.ts";
import { applyEdits, prepend, rewrite, type Sourced, type Step } from "../sourced.ts";
import { CJK, rangesOf, unicode } from "../unicode.ts";
import { NONSPACING_MARKS, REMOVED, WHITESPACE } from "../unicode-tables.ts";
import { Charsmap } from "./charsmap.ts";
import { precompiled } from "./precompiled.ts";
import { type Form, unicodeForm } from "./unicode-forms.ts";

const form = (name: Form) => () => unicodeForm(name);
const setOf = (packed: string) => new RegExp(`[${rangesOf(packed)}]`, "gu");

/** Lower case character by character: no final sigma. */
export function lowercase(): Step {
  const { lowercase: table } = unicode();
  const lower = (character: string) => {
    const codes = table.get(character.codePointAt(0)!);
    return codes ? String.fromCodePoint(...codes) : character;
  };
  return (input) =>
    rewrite(input, /[A-Z]+|[^\0-\x7f]+/g, (run) =>
      run[0]! < "\x80" ? run.toLowerCase() : Array.from(run, lower).join(""),
    );
}

const dropping = (packed: string): Step => {
  const pattern = setOf(packed);
  return (input) => rewrite(input, pattern, () => "");
};

function stripping(left: boolean, right: boolean): Step {
  const spaces = rangesOf(WHITESPACE);
  const start = new RegExp(`^[${spaces}]+`, "u");
  const end = new RegExp(`[${spaces}]$`, "u");
  return (input) => {
    const from = left ? (start.exec(input.text)?.[0].length ?? 0) : 0;
    let to = input.text.length;
    // Not one pattern for the whole run: it would look at each space of a text again and again.
    while (right && to > from && end.test(input.text[to - 1]!)) to--;
    return applyEdits(input, [
      { start: 0, end: from, text: "" },
      { start: to, end: input.text.length, text: "" },
    ]);
  };
}

/** SentencePiece's rules for control characters and odd spaces. */
function nmt(): Step {
  const dropped = /[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]/g;
  const spaces = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g;
  return (input) =>
    rewrite(
      rewrite(input, dropped, () => ""),
      spaces,
      () => " ",
    );
}

const BertOptions = v.object({
  clean_text: v.boolean(),
  handle_chinese_chars: v.boolean(),
  strip_accents: v.nullable(v.boolean()),
  lowercase: v.boolean(),
});

function bert(options: v.InferOutput<typeof BertOptions>): Step {
  const steps: Step[] = [];
  if (options.clean_text) {
    const spaces = setOf(WHITESPACE);
    steps.push(dropping(REMOVED), (input) => rewrite(input, spaces, () => " "));
  }
  if (options.handle_chinese_chars) {
    const { properties } = unicode();
    const isIdeograph = (character: string) => (properties[character.codePointAt(0)!]! & CJK) !== 0;
    steps.push((input) => rewrite(input, /[^\0-\u33ff]/gu, (each) => (isIdeograph(each) ? ` ${each} ` : each)));
  }
  if (options.strip_accents ?? options.lowercase) steps.push(unicodeForm("NFD"), dropping(NONSPACING_MARKS));
  if (options.lowercase) steps.push(lowercase());
  return inTurn(steps);
}

const inTurn =
  (steps: readonly Step[]): Step =>
  (input) =>
    steps.reduce<Sourced>((text, step) => step(text), input);

const parts: Record<string, Part<Step>> = {
  BertNormalizer: part(BertOptions, bert),
  ByteLevel: () => toBytes,
  Lowercase: lowercase,
  NFC: form("NFC"),
  NFD: form("NFD"),
  NFKC: form("NFKC"),
  NFKD: form("NFKD"),
  Nmt: nmt,
  Precompiled: part(v.object({ precompiled_charsmap: v.nullable(v.string()) }), ({ precompiled_charsmap }, place) => {
    if (!precompiled_charsmap) return (input) => input;
    try {
      return precompiled(new Charsmap(Buffer.from(precompiled_charsmap, "base64")));
    } catch (error) {
      throw unsupported(`${place.path}.precompiled_charsmap`, messageOf(error), place.where);
    }
  }),
  Prepend: part(v.object({ prepend: v.string() }), ({ prepend: text }) => {
    return (input) => (input.text === "" ? input : prepend(input, text));
  }),
  Replace: part(v.object({ pattern: Pattern, content: v.string() }), ({ pattern, content }, place) => {
    const global = buildPattern(pattern, place);
    const plain =
      "String" in pattern && [...pattern.String].length === 1 && content !== "" ? pattern.String : undefined;
    return (input) => {
      // One character for another text, such as a space, comes with every word.
      if (plain === undefined || input.origins) return rewrite(input, global, () => content, true);
      return { ...input, text: input.text.split(plain).join(content) };
    };
  }),
  Sequence: part(v.object({ normalizers: v.array(v.unknown()) }), ({ normalizers }, place) =>
    inTurn(normalizers.map((spec, i) => buildPart(parts, spec, placeOf(place, "normalizers", i)))),
  ),
  Strip: part(v.object({ strip_left: v.boolean(), strip_right: v.boolean() }), ({ strip_left, strip_right }) =>
    stripping(strip_left, strip_right),
  ),
  StripAccents: () => dropping(MARKS),
};

/** What `normalizer` asks for, or undefined. */
export function buildNormalizer(spec: unknown, place: PartPlace): Step | undefined {
  return spec === null || spec === undefined ? undefined : buildPart(parts, spec, place);
}
