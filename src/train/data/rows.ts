/** Rows of a split, ready to be made to tokens. */
import { MdpError } from "../../core/errors.ts";
import type { TrainSettings } from "../config.ts";
import { openJsonl, readJsonl } from "./jsonl-rows.ts";
import { type EncodedRow, openCodec, type RowCodec, type RowKind, type TextTools } from "./kinds.ts";

export interface RowTools extends TextTools {
  /** Ids that the model knows: those below. */
  vocabSize: number;
}

/** Rows by number, each encoded when it is asked for. */
export interface EncodedRows extends Disposable {
  readonly kind: RowKind;
  readonly path: string;
  readonly length: number;
  /** Of the file, in hex. */
  readonly sha256: string;
  /** Keys of each row: what mlx-lm takes for its length. */
  readonly keys: Uint16Array;
  encode(row: number): EncodedRow;
  where(row: number): string;
}

/** Ids that are kept between epochs, 64 MB of them; rows beyond are encoded again. */
const KEPT_IDS = 16_000_000;
/** What keeping a row costs beside its ids, in ids. */
const ROW_COST = 64;

/**
 * Reads the file once to check every row.
 *
 * @throws MdpError `no-rows` for an empty file; `bad-row`; `not-found`
 */
export async function openRows(path: string, settings: TrainSettings, tools: RowTools): Promise<EncodedRows> {
  const codec = await codecOfFile(path, settings, tools);
  let keys = new Uint16Array(1024);
  let count = 0;
  const rows = openJsonl(path, (row, where) => {
    codec.check(row, where);
    if (count === keys.length) {
      const larger = new Uint16Array(count * 2);
      larger.set(keys);
      keys = larger;
    }
    keys[count++] = Object.keys(row).length;
  });
  const kept = new Map<number, EncodedRow>();
  let room = KEPT_IDS;
  return {
    kind: codec.kind,
    path,
    length: rows.length,
    sha256: rows.sha256,
    keys: keys.subarray(0, count),
    encode(row) {
      const known = kept.get(row);
      if (known) return known;
      const encoded = codec.encode(rows.read(row), rows.where(row));
      checkIds(encoded.ids, tools.vocabSize, rows.where(row));
      room -= encoded.ids.length + ROW_COST;
      if (room >= 0) kept.set(row, encoded);
      return encoded;
    },
    where: (row) => rows.where(row),
    [Symbol.dispose]: () => rows[Symbol.dispose](),
  };
}

/** Looks at the first row alone. */
async function codecOfFile(path: string, settings: TrainSettings, tools: RowTools): Promise<RowCodec> {
  for (const { row, where } of readJsonl(path)) return await openCodec(row, where, settings, tools);
  throw new MdpError({
    code: "no-rows",
    message: "the file has no rows",
    where: path,
    hint: "write one JSON object a line, or take the file away",
  });
}

/** MLX would read memory beyond the embedding. @throws MdpError `token-unknown` */
export function checkIds(ids: ArrayLike<number>, vocabSize: number, where: string): void {
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! < vocabSize) continue;
    throw new MdpError({
      code: "token-unknown",
      message: `the row has the token ${ids[i]}, and the model knows ${vocabSize}`,
      where,
      hint: "use the tokenizer of this model",
    });
  }
}
