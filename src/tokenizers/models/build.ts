/** Models from `tokenizer.json`. */
import * as v from "valibot";
import { type Part, type PartPlace, part, unsupported } from "../part.ts";
import type { ModelKind } from "../tokenizer.ts";
import { VocabularyTable } from "../tokenizer-file.ts";
import { Bpe, type BpeOptions } from "./bpe.ts";
import { MergeTable } from "./merge-table.ts";
import type { Model } from "./model.ts";
import { Unigram } from "./unigram.ts";
import type { WordPieceOptions } from "./wordpiece.ts";
import { WordPieceModel } from "./wordpiece-model.ts";

const flag = v.optional(v.nullable(v.boolean()));
const text = v.optional(v.nullable(v.string()));

const BpeModel = v.object({
  vocab: VocabularyTable,
  merges: v.custom<(string | [string, string])[]>(isMerges, "expected pairs of tokens"),
  dropout: v.optional(v.nullable(v.literal(0, "dropout is random, which ids must not be"))),
  unk_token: text,
  continuing_subword_prefix: text,
  end_of_word_suffix: text,
  fuse_unk: flag,
  byte_fallback: flag,
  ignore_merges: flag,
});

function isMerges(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((merge) => {
      const pair = typeof merge === "string" ? merge.split(" ") : merge;
      return Array.isArray(pair) && pair.length === 2 && pair.every((token) => typeof token === "string");
    })
  );
}

/** BPE's options as the model takes them. */
function bpeOptions(model: v.InferOutput<typeof BpeModel>, { path, where }: PartPlace): BpeOptions {
  const vocab = new Map(Object.entries(model.vocab));
  const prefix = model.continuing_subword_prefix ?? "";
  const idOf = (token: string, list: string) => {
    const id = vocab.get(token);
    if (id === undefined) throw unsupported(`${path}.${list}`, `"${token}" is not in the vocabulary`, where);
    return id;
  };
  const merges = model.merges.map((merge) => {
    const [left, right] = typeof merge === "string" ? (merge.split(" ") as [string, string]) : merge;
    const merged = left + right.slice(prefix.length);
    return [idOf(left, "merges"), idOf(right, "merges"), idOf(merged, "merges")] as const;
  });
  return {
    vocab,
    merges: new MergeTable(merges, merges.length),
    unkId: model.unk_token ? idOf(model.unk_token, "unk_token") : undefined,
    fuseUnk: model.fuse_unk ?? false,
    byteFallback: model.byte_fallback ?? false,
    ignoreMerges: model.ignore_merges ?? false,
    continuingPrefix: prefix,
    endSuffix: model.end_of_word_suffix ?? "",
  };
}

const WordPieceSpec = v.object({
  unk_token: v.string(),
  continuing_subword_prefix: v.string(),
  max_input_chars_per_word: v.number(),
  vocab: VocabularyTable,
});

const UnigramSpec = v.object({
  unk_id: v.nullable(v.number()),
  vocab: v.custom<[string, number][]>(isScored, "expected pieces with their scores"),
  byte_fallback: flag,
});

function isScored(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each?.[0] === "string" && typeof each[1] === "number");
}

/**
 * A number as the Rust library reads it from JSON: its digits as an integer, then divided by a power of ten, two
 * roundings. Where two ways to split a word have the same sum, the last bit decides which one is taken.
 */
export function asRustReads(value: number): number {
  const [mantissa, exponent = "0"] = String(value).split("e");
  const [whole, fraction = ""] = mantissa!.split(".");
  const power = Number(exponent) - fraction.length;
  const significand = Number(`${whole}${fraction}`);
  return power < 0 ? significand / Number(`1e${-power}`) : significand * Number(`1e${power}`);
}

/** A model, and the options that faster engines build on. */
export interface BuiltModel {
  model: Model;
  bpe?: BpeOptions;
  wordPiece?: WordPieceOptions;
}

const parts: Record<ModelKind, Part<BuiltModel>> = {
  BPE: part(BpeModel, (spec, place) => {
    const bpe = bpeOptions(spec, place);
    return { model: new Bpe(bpe), bpe };
  }),
  WordPiece: part(WordPieceSpec, (spec, { path, where }) => {
    const { vocab, unk_token } = spec;
    if (!Object.hasOwn(vocab, unk_token)) throw unsupported(`${path}.vocab`, `has no "${unk_token}"`, where);
    const wordPiece = {
      vocab,
      unkToken: unk_token,
      continuingPrefix: spec.continuing_subword_prefix,
      maxCharsPerWord: spec.max_input_chars_per_word,
    };
    return { model: new WordPieceModel(wordPiece), wordPiece };
  }),
  Unigram: part(UnigramSpec, ({ vocab, unk_id, byte_fallback }) => {
    const pieces = vocab.map(([piece, score]) => [piece, asRustReads(score)] as const);
    return { model: new Unigram({ pieces, unkId: unk_id ?? undefined, byteFallback: byte_fallback ?? false }) };
  }),
};

/** Makes the model; files written before the library named its models have no type. */
export function buildModel(spec: Record<string, unknown>, place: PartPlace): BuiltModel {
  const type = spec.type ?? ("merges" in spec ? "BPE" : "unk_id" in spec ? "Unigram" : "WordPiece");
  if (type !== "BPE" && type !== "WordPiece" && type !== "Unigram") {
    throw unsupported(`${place.path}.type`, `"${type}", known: ${Object.keys(parts).join(", ")}`, place.where);
  }
  return parts[type](spec, place);
}
