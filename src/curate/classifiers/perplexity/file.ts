/**
 * Our own file of an n-gram model: the table as it lies in memory, so that it is mapped instead of parsed. Little-endian:
 *
 *   0   16 bytes `mdp n-gram model`      24  u32 order           40  f64 slots
 *   16  u64 xxHash64 of all from 24 on   28  u32 version, 1      48  u32 1 when closed, zeros up to 64
 *                                        32  f64 n-grams
 *   64  i32 low[slots], i32 high[slots], f32 probability[slots], f32 backoff[slots], as in `NgramTable`
 */
import { MdpError } from "../../../core/errors.ts";
import { NewFile } from "../../../core/new-file.ts";
import { MAX_ORDER, NgramModel } from "./model.ts";
import { NgramTable } from "./table.ts";

const MAGIC = "mdp n-gram model";
const VERSION = 1;
const HEAD_BYTES = 64;
const HASHED_FROM = 24;

/** Writes a model; the file appears when it is whole. */
export async function writeNgramModel(path: string, model: NgramModel): Promise<void> {
  const { low, high, probability, backoff, size } = model.table;
  const bytes = new Uint8Array(HEAD_BYTES + 16 * low.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(24, model.order, true);
  view.setUint32(28, VERSION, true);
  view.setFloat64(32, size, true);
  view.setFloat64(40, low.length, true);
  view.setUint32(48, Number(model.isClosed), true);
  for (const [i, column] of [low, high, probability, backoff].entries()) {
    const source = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
    bytes.set(source, HEAD_BYTES + i * 4 * low.length);
  }
  view.setBigUint64(16, Bun.hash.xxHash64(bytes.subarray(HASHED_FROM)), true);
  const file = await NewFile.create(path);
  await file.append(bytes);
  await file.commit();
}

/** Whether bytes begin as such a file does. */
export function isNgramFile(head: Uint8Array): boolean {
  return new TextDecoder().decode(head.subarray(0, MAGIC.length)) === MAGIC;
}

/**
 * Maps a model that `writeNgramModel` wrote.
 *
 * @throws MdpError when the file is cut, changed, or of another version
 */
export function readNgramFile(path: string): NgramModel {
  return parseNgramFile(Bun.mmap(path, { shared: false }), path);
}

/** Reads a file's bytes, which have to lie at a multiple of four; `where` names them in errors. */
export function parseNgramFile(bytes: Uint8Array, where: string): NgramModel {
  const fail = (what: string) =>
    new MdpError({
      code: "model-unreadable",
      message: `this is no whole n-gram model: ${what}`,
      where,
      hint: "write it again from the model that it was made of",
    });
  if (bytes.length < HEAD_BYTES || !isNgramFile(bytes)) throw fail(`it does not begin with "${MAGIC}"`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(28, true);
  if (version !== VERSION) throw fail(`its version is ${version}, ${VERSION} is known`);
  const [order, size, slots] = [view.getUint32(24, true), view.getFloat64(32, true), view.getFloat64(40, true)];
  if (bytes.length !== HEAD_BYTES + 16 * slots)
    throw fail(`it has ${bytes.length} bytes, its ${slots} slots ask for others`);
  if (view.getBigUint64(16, true) !== Bun.hash.xxHash64(bytes.subarray(HASHED_FROM))) {
    throw fail("its bytes have changed since it was written");
  }
  const at = (column: number) => bytes.byteOffset + HEAD_BYTES + column * 4 * slots;
  const table = new NgramTable({
    low: new Int32Array(bytes.buffer, at(0), slots),
    high: new Int32Array(bytes.buffer, at(1), slots),
    probability: new Float32Array(bytes.buffer, at(2), slots),
    backoff: new Float32Array(bytes.buffer, at(3), slots),
    size,
  });
  const problem = problemOf(table, order);
  if (problem) throw fail(problem);
  return new NgramModel(order, table, view.getUint32(48, true) === 1);
}

/** A full table would be searched for ever, and a number that is none would spread to every score. */
function problemOf({ low, high, probability, backoff, size }: NgramTable, order: number): string | undefined {
  if (order < 1 || order > MAX_ORDER) return `its order is ${order}, beyond 1 to ${MAX_ORDER}`;
  let taken = 0;
  for (let i = 0; i < low.length; i++) {
    if (low[i] === 0 && high[i] === 0) continue;
    taken++;
    if (!(probability[i]! <= 0) || !Number.isFinite(probability[i]!) || !Number.isFinite(backoff[i]!)) {
      return `slot ${i} holds no probability`;
    }
  }
  if (taken !== size || taken === low.length)
    return `${taken} of its ${low.length} slots are taken, its head says ${size}`;
  return undefined;
}
