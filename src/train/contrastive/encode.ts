/** Texts to vectors while an encoder is trained: with the parameters of the moment, and with gradients. */
import * as mx from "../../mlx/index.ts";
import { normalizeRows, type Params, pool } from "../../mlx/nn/index.ts";
import type { ModelFolder } from "../../models/folder.ts";
import type { Encoder } from "../../models/model.ts";
import { padBatch } from "../../models/pad-batch.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

/** Texts of one evaluation batch. */
const EVALUATED = 64;

export type TextKind = "query" | "document";

export interface TrainedEncoder {
  folder: ModelFolder;
  encoder: Encoder;
  tokenizer: Tokenizer;
  /** Tokens of a text, special tokens counted; the rest is cut. */
  maxTokens: number;
}

/** Ids of a text with the prefix that the model wants for its kind. */
export function idsOf({ folder, tokenizer, maxTokens }: TrainedEncoder, text: string, kind: TextKind): Uint32Array {
  const prefix = kind === "query" ? folder.queryPrefix : folder.documentPrefix;
  return tokenizer.encode(prefix + text, { maxTokens }).ids;
}

/** Vectors of length 1, `[batch, width]`; not computed yet. `present` is 1 for tokens, 0 for padding. */
export function encodeBatch(
  { folder, encoder }: Pick<TrainedEncoder, "folder" | "encoder">,
  params: Params,
  ids: mx.MlxArray,
  present: mx.MlxArray,
): mx.MlxArray {
  return normalizeRows(pool(encoder.forward(params, { ids, mask: present }), present, folder.pooling));
}

/** Vectors `[texts, width]` in the order of the texts, computed in batches of like length. */
export function encodeTexts(
  model: TrainedEncoder,
  params: Params,
  texts: readonly string[],
  kind: TextKind,
): mx.MlxArray {
  const ids = texts.map((text) => idsOf(model, text, kind));
  const order = [...ids.keys()].sort((a, b) => ids[a]!.length - ids[b]!.length);
  const places = new Int32Array(texts.length);
  order.forEach((index, place) => {
    places[index] = place;
  });
  return mx.tidy(() => {
    const parts: mx.MlxArray[] = [];
    for (let first = 0; first < order.length; first += EVALUATED) {
      const rows = order.slice(first, first + EVALUATED).map((index) => ids[index]!);
      parts.push(
        mx.tidy(() => {
          const batch = padBatch(rows);
          return encodeBatch(model, params, batch.ids, batch.present).eval();
        }),
      );
    }
    return mx.take(mx.concatenate(parts), mx.fromTypedArray(places), 0).eval();
  });
}
