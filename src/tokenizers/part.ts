/** Reading the parts of `tokenizer.json`: each names its type, and an error names the part that is not supported. */
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";

/** Where a part stands: the file, and its path in it. */
export interface PartPlace {
  where: string;
  path: string;
}

/** How a part with one `type` is made. */
export type Part<T> = (spec: unknown, place: PartPlace) => T;

/** A part whose options have a schema. */
export function part<const S extends v.GenericSchema, T>(
  schema: S,
  build: (options: v.InferOutput<S>, place: PartPlace) => T,
): Part<T> {
  return (spec, place) => build(check(schema, spec, place), place);
}

/** Checks a value; the error names the path of what is wrong. */
export function check<const S extends v.GenericSchema>(schema: S, spec: unknown, place: PartPlace): v.InferOutput<S> {
  const result = v.safeParse(schema, spec);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const within = v.getDotPath(issue);
  throw unsupported([place.path, within].filter(Boolean).join(".") || "file", issue.message, place.where);
}

const Typed = v.object({ type: v.string() });

/** Makes the part that `spec.type` names. */
export function buildPart<T>(parts: Readonly<Record<string, Part<T>>>, spec: unknown, place: PartPlace): T {
  const { type } = check(Typed, spec, place);
  const build = Object.hasOwn(parts, type) ? parts[type] : undefined;
  if (!build) {
    throw unsupported(`${place.path}.type`, `"${type}", known: ${Object.keys(parts).join(", ")}`, place.where);
  }
  return build(spec, place);
}

/** The place of one part of a list. */
export function placeOf(place: PartPlace, list: string, index: number): PartPlace {
  return { where: place.where, path: `${place.path}.${list}.${index}` };
}

export function unsupported(path: string, what: string, where: string): MdpError {
  return new MdpError({
    code: "tokenizer-unsupported",
    message: `this tokenizer is not supported (${path}: ${what})`,
    where,
    hint: "supported: BPE, WordPiece and Unigram of the Hugging Face tokenizers library, and SentencePiece models",
  });
}
