/** SentencePiece's `.model` file: pieces with scores, how the model was trained, and how text is normalized. */
import { type Field, fieldsOf, floatOf } from "./protobuf.ts";

/** Kinds of pieces, as numbered in the file. */
export const NORMAL = 1;
export const UNKNOWN = 2;
export const CONTROL = 3;
export const USER_DEFINED = 4;
export const UNUSED = 5;
export const BYTE = 6;

export interface SentencePiece {
  piece: string;
  score: number;
  type: number;
}

export interface NormalizerSpec {
  charsmap: Uint8Array;
  addDummyPrefix: boolean;
  removeExtraWhitespaces: boolean;
  escapeWhitespaces: boolean;
}

export interface ModelFile {
  pieces: SentencePiece[];
  /** 1 Unigram, 2 BPE, 3 words, 4 characters. */
  modelType: number;
  byteFallback: boolean;
  /** The space is put after words, not before them. */
  whitespaceAsSuffix: boolean;
  /** Ids of these tokens, -1 for none. */
  unkId: number;
  bosId: number;
  eosId: number;
  padId: number;
  /** What an unknown token is decoded to. */
  unkSurface: string;
  normalizer: NormalizerSpec;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const textOf = ({ bytes }: Field) => decoder.decode(bytes);
/** Negative numbers are written as 64 bits in two's complement. */
const intOf = ({ varint }: Field) => (varint >= 2 ** 63 ? varint - 2 ** 64 : varint) | 0;
const flagOf = ({ varint }: Field) => varint !== 0;

/** Throws a `RangeError` when the bytes are no such file. */
export function readModelFile(bytes: Uint8Array): ModelFile {
  const model: ModelFile = {
    pieces: [],
    modelType: 1,
    byteFallback: false,
    whitespaceAsSuffix: false,
    unkId: 0,
    bosId: 1,
    eosId: 2,
    padId: -1,
    unkSurface: " \u2047 ",
    normalizer: {
      charsmap: new Uint8Array(0),
      addDummyPrefix: true,
      removeExtraWhitespaces: true,
      escapeWhitespaces: true,
    },
  };
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) model.pieces.push(pieceOf(field.bytes));
    else if (field.number === 2) readTrainer(field.bytes, model);
    else if (field.number === 3) readNormalizer(field.bytes, model.normalizer);
  }
  if (model.pieces.length === 0) throw new RangeError("it holds no pieces");
  return model;
}

function pieceOf(bytes: Uint8Array): SentencePiece {
  const piece = { piece: "", score: 0, type: NORMAL };
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) piece.piece = textOf(field);
    else if (field.number === 2) piece.score = floatOf(field);
    else if (field.number === 3) piece.type = field.varint;
  }
  return piece;
}

function readTrainer(bytes: Uint8Array, model: ModelFile): void {
  for (const field of fieldsOf(bytes)) {
    if (field.number === 3) model.modelType = field.varint;
    else if (field.number === 24) model.whitespaceAsSuffix = flagOf(field);
    else if (field.number === 35) model.byteFallback = flagOf(field);
    else if (field.number === 40) model.unkId = intOf(field);
    else if (field.number === 41) model.bosId = intOf(field);
    else if (field.number === 42) model.eosId = intOf(field);
    else if (field.number === 43) model.padId = intOf(field);
    else if (field.number === 44) model.unkSurface = textOf(field);
  }
}

function readNormalizer(bytes: Uint8Array, spec: NormalizerSpec): void {
  for (const field of fieldsOf(bytes)) {
    if (field.number === 2) spec.charsmap = field.bytes;
    else if (field.number === 3) spec.addDummyPrefix = flagOf(field);
    else if (field.number === 4) spec.removeExtraWhitespaces = flagOf(field);
    else if (field.number === 5) spec.escapeWhitespaces = flagOf(field);
  }
}
