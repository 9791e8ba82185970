/** A SentencePiece file's pieces as one of the models that the tokenizers of the Rust library have too. */
import { Bpe } from "../models/bpe.ts";
import { MergeTable } from "../models/merge-table.ts";
import type { Model } from "../models/model.ts";
import { Unigram } from "../models/unigram.ts";
import { unsupported } from "../part.ts";
import { BYTE, CONTROL, type ModelFile, NORMAL, UNKNOWN, UNUSED, USER_DEFINED } from "./model-file.ts";

const UNIGRAM = 1;
const BPE = 2;
/** An unknown character is that much worse than the worst piece. */
const UNKNOWN_PENALTY = 10;

const encoder = new TextEncoder();

/** Builds the model; SentencePiece's models of words and of characters are not supported. */
export function sentencePieceModel(file: ModelFile, where: string): Model {
  if (file.modelType === UNIGRAM) return unigram(file);
  if (file.modelType === BPE) return bpe(file, where);
  throw unsupported("trainer_spec.model_type", `${file.modelType}, known: 1 (Unigram), 2 (BPE)`, where);
}

const isReserved = (type: number) => type === UNKNOWN || type === CONTROL || type === BYTE;

function unigram({ pieces, unkId, byteFallback }: ModelFile): Model {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const { score, type } of pieces) {
    if (type !== NORMAL) continue;
    lowest = Math.min(lowest, score);
    highest = Math.max(highest, score);
  }
  return new Unigram({
    pieces: pieces.map(({ piece, score }) => [piece, score]),
    unkId,
    byteFallback,
    sentencePiece: {
      usable: (id) => !isReserved(pieces[id]!.type) && pieces[id]!.type !== UNUSED,
      scoreOf(id) {
        const { piece, type } = pieces[id]!;
        return type === USER_DEFINED ? encoder.encode(piece).length * highest - 0.1 : undefined;
      },
      unknownScore: Math.fround(lowest - UNKNOWN_PENALTY),
    },
  });
}

/**
 * Any two neighbours whose text together is a piece may merge, the piece with the highest score first. Characters that
 * are part of a piece but none themselves get ids above all pieces; they become unknown when they are left over.
 */
function bpe({ pieces, unkId, byteFallback }: ModelFile, where: string): Model {
  if (pieces.some(({ type }) => type === UNUSED)) throw unsupported("pieces", "BPE with pieces switched off", where);
  const vocab = new Map(pieces.map(({ piece }, id) => [piece, id]));
  const symbols = new Map(pieces.flatMap(({ piece, type }, id) => (isReserved(type) ? [] : [[piece, id] as const])));
  const mergeable = [...symbols];
  for (const [piece] of mergeable) {
    for (const character of piece) if (!symbols.has(character)) symbols.set(character, pieces.length + symbols.size);
  }
  const scores = [...new Set(mergeable.map(([, id]) => pieces[id]!.score))].sort((a, b) => b - a);
  const ranks = new Map(scores.map((score, rank) => [score, rank]));
  const merges: [number, number, number, number][] = [];
  for (const [piece, id] of mergeable) {
    for (let at = 1; at < piece.length; at++) {
      const left = symbols.get(piece.slice(0, at));
      const right = symbols.get(piece.slice(at));
      if (left !== undefined && right !== undefined) merges.push([left, right, id, ranks.get(pieces[id]!.score)!]);
    }
  }
  return new Bpe({
    vocab,
    symbols,
    merges: new MergeTable(merges, merges.length),
    unkId,
    fuseUnk: true,
    byteFallback,
    ignoreMerges: false,
    continuingPrefix: "",
    endSuffix: "",
  });
}
