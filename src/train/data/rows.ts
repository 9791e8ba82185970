/** Rows of a split, ready to be made to tokens. */
import { MdpError } from "../../core/errors.ts";
import type { TrainSettings } from "../config.ts";
import { openJsonl, type Row, readJsonl } from "./jsonl-rows.ts";
import { type EncodedRow, openCodec, type RowCodec, type RowKind, type TextTools } from "./kinds.ts";
import { checkTargets } from "./targets.ts";

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
 * Reads the file once to check every row. Of those that may have nothing to learn it also looks at the tokens; other
 * rows without a target, such as those of which a template makes nothing, are found when they are encoded.
 *
 * @throws MdpError `no-rows` for an empty file; `bad-row`; `not-found`; `fully-masked`, but not by mlx-lm's rules
 */
export async function openRows(path: string, settings: TrainSettings, tools: RowTools): Promise<EncodedRows> {
  const { maxSeqLength } = settings;
  const codec = await codecOfFile(path, settings, tools);
  let keys = new Uint16Array(1024);
  let count = 0;
  const kept = new Map<number, EncodedRow>();
  let room = KEPT_IDS;
  const encode = (number: number, row: Row, where: string) => {
    const encoded = codec.encode(row, where);
    checkIds(encoded.ids, tools.vocabSize, where);
    room -= encoded.ids.length + ROW_COST;
    if (room >= 0) kept.set(number, encoded);
    return encoded;
  };
  const rows = openJsonl(path, (row, where) => {
    codec.check(row, where);
    if (settings.compat !== "mlx-lm" && codec.isDoubtful(row, maxSeqLength)) {
      checkTargets(encode(count, row, where), maxSeqLength, where);
    }
    if (count === keys.length) {
      const larger = new Uint16Array(count * 2);
      larger.set(keys);
      keys = larger;
    }
    keys[count++] = Object.keys(row).length;
  });
  return {
    kind: codec.kind,
    path,
    length: rows.length,
    sha256: rows.sha256,
    keys: keys.subarray(0, count),
    encode: (number) => kept.get(number) ?? encode(number, rows.read(number), rows.where(number)),
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
