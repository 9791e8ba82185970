/** Decoders from `tokenizer.json`. */
import * as v from "valibot";
import * as decoders from "./decoders.ts";
import { buildPart, type Part, type PartPlace, part, placeOf } from "./part.ts";

const parts: Record<string, Part<decoders.Decoder>> = {
  ByteLevel: () => decoders.byteLevel,
  ByteFallback: () => decoders.byteFallback,
  Fuse: () => decoders.fuse,
  WordPiece: part(
    v.object({ prefix: v.optional(v.string(), "##"), cleanup: v.optional(v.boolean(), true) }),
    ({ prefix, cleanup }) => decoders.wordPiece(prefix, cleanup),
  ),
  Sequence: part(v.object({ decoders: v.array(v.unknown()) }), ({ decoders: steps }, place) =>
    decoders.sequence(steps.map((step, i) => buildPart(parts, step, placeOf(place, "decoders", i)))),
  ),
};

/** What `decoder` asks for; without one tokens are joined by spaces. */
export function buildDecoder(spec: unknown, place: PartPlace): decoders.Decoder {
  return spec === null || spec === undefined ? decoders.joinBySpaces : buildPart(parts, spec, place);
}
