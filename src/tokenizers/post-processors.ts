/** Post-processors: the tokens around a text, and whether spans leave out whitespace. */
import * as v from "valibot";
import type { PairPart, PairTemplate } from "./pair.ts";
import { buildPart, type Part, type PartPlace, part, placeOf, unsupported } from "./part.ts";
import type { Template } from "./text-tokenizer.ts";

export interface PostProcessor extends Template {
  trimOffsets: boolean;
}

const NOTHING: PostProcessor = { before: [], after: [], trimOffsets: false };

const TemplatePart = v.union([
  v.object({ SpecialToken: v.object({ id: v.string(), type_id: v.optional(v.number(), 0) }) }),
  v.object({ Sequence: v.object({ id: v.string(), type_id: v.optional(v.number(), 0) }) }),
]);
type TemplatePart = v.InferOutput<typeof TemplatePart>;

const TemplateProcessing = v.object({
  single: v.array(TemplatePart),
  pair: v.optional(v.array(TemplatePart)),
  special_tokens: v.record(v.string(), v.object({ ids: v.array(v.number()) })),
});

const Named = v.tuple([v.string(), v.number()]);

const parts: Record<string, Part<PostProcessor>> = {
  TemplateProcessing: part(TemplateProcessing, ({ single, pair, special_tokens }, { path, where }) => {
    const text = single.findIndex((each) => "Sequence" in each);
    if (text < 0) throw unsupported(`${path}.single`, "does not hold the text", where);
    const idsOf = (list: TemplatePart[]) =>
      list.flatMap((each) => {
        if (!("SpecialToken" in each)) throw unsupported(`${path}.single`, "holds the text more than once", where);
        const token = special_tokens[each.SpecialToken.id];
        if (!token) throw unsupported(`${path}.special_tokens`, `has no "${each.SpecialToken.id}"`, where);
        return token.ids;
      });
    const joined = pair?.map((each): PairPart => {
      if ("Sequence" in each) return { text: each.Sequence.id === "A" ? 0 : 1, type: each.Sequence.type_id };
      return { ids: idsOf([each]), type: each.SpecialToken.type_id };
    });
    return {
      before: idsOf(single.slice(0, text)),
      after: idsOf(single.slice(text + 1)),
      ...(joined ? { pair: joined } : {}),
      trimOffsets: false,
    };
  }),
  BertProcessing: part(v.object({ sep: Named, cls: Named }), ({ sep, cls }) => {
    const [start, end] = [[cls[1]], [sep[1]]];
    const pair: PairTemplate = [
      { ids: start, type: 0 },
      { text: 0, type: 0 },
      { ids: end, type: 0 },
      { text: 1, type: 1 },
      { ids: end, type: 1 },
    ];
    return { before: start, after: end, pair, trimOffsets: false };
  }),
  RobertaProcessing: part(
    v.object({ sep: Named, cls: Named, trim_offsets: v.optional(v.boolean(), true) }),
    ({ sep, cls, trim_offsets }) => {
      const [start, end] = [[cls[1]], [sep[1]]];
      const pair: PairTemplate = [
        { ids: start, type: 0 },
        { text: 0, type: 0 },
        { ids: [sep[1], sep[1]], type: 0 },
        { text: 1, type: 0 },
        { ids: end, type: 0 },
      ];
      return { before: start, after: end, pair, trimOffsets: trim_offsets };
    },
  ),
  ByteLevel: part(v.object({ trim_offsets: v.optional(v.boolean(), true) }), ({ trim_offsets }) => {
    return { ...NOTHING, trimOffsets: trim_offsets };
  }),
  Sequence: part(v.object({ processors: v.array(v.unknown()) }), ({ processors }, place) =>
    processors
      .map((spec, i) => buildPart(parts, spec, placeOf(place, "processors", i)))
      .reduce(
        (inner, outer) => ({
          before: [...outer.before, ...inner.before],
          after: [...inner.after, ...outer.after],
          // Only one part of a sequence puts tokens around texts in any known file; the others work on offsets.
          ...((outer.pair ?? inner.pair) ? { pair: outer.pair ?? inner.pair! } : {}),
          trimOffsets: inner.trimOffsets || outer.trimOffsets,
        }),
        NOTHING,
      ),
  ),
};

/** What `post_processor` asks for; nothing when it is null. */
export function buildPostProcessor(spec: unknown, place: PartPlace): PostProcessor {
  return spec === null || spec === undefined ? NOTHING : buildPart(parts, spec, place);
}
