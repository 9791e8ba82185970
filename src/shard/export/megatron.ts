/** Megatron-LM's indexed datasets: tokens in `<split>.bin`, lengths and places of documents in `<split>.idx`. */
import { join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import { rawBytes } from "../formats/shared/tensors.ts";
import { Growing } from "../staging/growing.ts";
import type { Exporter } from "./exporter.ts";
import { Output } from "./shared/output.ts";

const magic = Buffer.from("MMIDIDX\0\0", "latin1");
const version = 1n;
/** Megatron's codes of element types; it has no uint32, and ids are far below 2³¹. */
const typeCodes = { uint16: 8, uint32: 4 } as const;
const lengthMax = 0x7fff_ffff;

const megatron: Exporter = {
  name: "megatron",
  items: "documents",
  takesText: false,

  async open({ dir, split, index }) {
    const tokens = await Output.create(join(dir, `${split}.bin`));
    const lengths = new Growing((n) => new Uint32Array(n));
    return {
      async add(item) {
        if (item.tokens.length > lengthMax) throw tooLong(item.tokens.length);
        lengths.push(item.tokens.length);
        await tokens.write(rawBytes(item.tokens));
      },
      async close() {
        const places = await Output.create(join(dir, `${split}.idx`));
        for (const part of indexParts(lengths.view(), index.dtype)) await places.write(part);
        await tokens.commit();
        await places.commit();
        return { files: [`${split}.bin`, `${split}.idx`], skipped: 0 };
      },
      abort: () => tokens.discard(),
    };
  },
};
export default megatron;

/** Header, lengths (i32), byte positions (i64), and the first sequence of each document and the end (i64). */
function* indexParts(lengths: Uint32Array, dtype: keyof typeof typeCodes): Iterable<Uint8Array> {
  const count = lengths.length;
  yield magic;
  yield rawBytes(BigUint64Array.of(version));
  yield Uint8Array.of(typeCodes[dtype]);
  yield rawBytes(BigUint64Array.of(BigInt(count), BigInt(count + 1)));
  yield rawBytes(lengths);
  const bytes = dtype === "uint16" ? 2 : 4;
  const positions = new BigInt64Array(count);
  let position = 0;
  for (let i = 0; i < count; i++) {
    positions[i] = BigInt(position);
    position += lengths[i]! * bytes;
  }
  yield rawBytes(positions);
  yield rawBytes(BigInt64Array.from({ length: count + 1 }, (_, document) => BigInt(document)));
}

function tooLong(length: number): MdpError {
  return new MdpError({
    code: "document-too-long",
    message: `Megatron's index holds documents of at most ${lengthMax} tokens, one has ${length}`,
    hint: "export to another format, or pack the set first",
  });
}
