/** Post-processors: the tokens around a text, and whether spans leave out whitespace. */
import * as v from "valibot";
import { buildPart, type Part, type PartPlace, part, placeOf, unsupported } from "./part.ts";
import type { Template } from "./text-tokenizer.ts";

export interface PostProcessor extends Template {
  trimOffsets: boolean;
}

const NOTHING: PostProcessor = { before: [], after: [], trimOffsets: false };

const TemplatePart = v.union([
  v.object({ SpecialToken: v.object({ id: v.string() }) }),
  v.object({ Sequence: v.object({ id: v.string() }) }),
]);
type TemplatePart = v.InferOutput<typeof TemplatePart>;

const TemplateProcessing = v.object({
  single: v.array(TemplatePart),
  special_tokens: v.record(v.string(), v.object({ ids: v.array(v.number()) })),
});

const Named = v.tuple([v.string(), v.number()]);

const parts: Record<string, Part<PostProcessor>> = {
  TemplateProcessing: part(TemplateProcessing, ({ single, special_tokens }, { path, where }) => {
    const text = single.findIndex((each) => "Sequence" in each);
    if (text < 0) throw unsupported(`${path}.single`, "does not hold the text", where);
    const idsOf = (list: TemplatePart[]) =>
      list.flatMap((each) => {
        if (!("SpecialToken" in each)) throw unsupported(`${path}.single`, "holds the text more than once", where);
        const token = special_tokens[each.SpecialToken.id];
        if (!token) throw unsupported(`${path}.special_tokens`, `has no "${each.SpecialToken.id}"`, where);
        return token.ids;
      });
    return { before: idsOf(single.slice(0, text)), after: idsOf(single.slice(text + 1)), trimOffsets: false };
  }),
  BertProcessing: part(v.object({ sep: Named, cls: Named }), ({ sep, cls }) => {
    return { before: [cls[1]], after: [sep[1]], trimOffsets: false };
  }),
  RobertaProcessing: part(
    v.object({ sep: Named, cls: Named, trim_offsets: v.optional(v.boolean(), true) }),
    ({ sep, cls, trim_offsets }) => ({ before: [cls[1]], after: [sep[1]], trimOffsets: trim_offsets }),
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
