/** Decoders from `tokenizer.json`. */
import * as v from "valibot";
import * as decoders from "./decoders.ts";
import { buildPart, type Part, type PartPlace, part, placeOf } from "./part.ts";
import { buildPattern, Pattern } from "./pattern.ts";
import { MetaspaceOptions, metaspaceOptions } from "./pre-tokenizers/build.ts";

const parts: Record<string, Part<decoders.Decoder>> = {
  BPEDecoder: part(v.object({ suffix: v.optional(v.string(), "</w>") }), ({ suffix }) => decoders.bpe(suffix)),
  ByteFallback: () => decoders.byteFallback,
  ByteLevel: () => decoders.byteLevel,
  Fuse: () => decoders.fuse,
  Metaspace: part(MetaspaceOptions, (options) => {
    const { replacement, scheme } = metaspaceOptions(options);
    return decoders.metaspace(replacement, scheme !== "never");
  }),
  Replace: part(v.object({ pattern: Pattern, content: v.string() }), ({ pattern, content }, place) =>
    decoders.replace(buildPattern(pattern, place), content),
  ),
  Sequence: part(v.object({ decoders: v.array(v.unknown()) }), ({ decoders: steps }, place) =>
    decoders.sequence(steps.map((step, i) => buildPart(parts, step, placeOf(place, "decoders", i)))),
  ),
  Strip: part(v.object({ content: v.string(), start: v.number(), stop: v.number() }), ({ content, start, stop }) =>
    decoders.strip(content, start, stop),
  ),
  WordPiece: part(
    v.object({ prefix: v.optional(v.string(), "##"), cleanup: v.optional(v.boolean(), true) }),
    ({ prefix, cleanup }) => decoders.wordPiece(prefix, cleanup),
  ),
};

/** What `decoder` asks for; without one tokens are joined by spaces. */
export function buildDecoder(spec: unknown, place: PartPlace): decoders.Decoder {
  return spec === null || spec === undefined ? decoders.joinBySpaces : buildPart(parts, spec, place);
}
