/** datatrove's tokenized files: `<split>.ds`, ends of documents in `.ds.index`, `.ds.loss` where needed, `.ds.metadata`. */
import { join } from "node:path";
import { rawBytes } from "../formats/shared/tensors.ts";
import { Growing } from "../staging/growing.ts";
import type { Exporter } from "./exporter.ts";
import { commitAll, discardAll, Output } from "./shared/output.ts";

const datatrove: Exporter = {
  name: "datatrove",
  items: "documents",
  takesText: false,

  async open({ dir, split, index }) {
    const name = `${split}.ds`;
    const tokens = await Output.create(join(dir, name));
    const outputs = [tokens];
    const names = [name];
    let loss: Output | undefined;
    const ends = new Growing((n) => new BigUint64Array(n));
    let count = 0;
    const another = async (suffix: string) => {
      const output = await Output.create(join(dir, `${name}.${suffix}`));
      outputs.push(output);
      names.push(`${name}.${suffix}`);
      return output;
    };
    return {
      async add(item) {
        if (item.lossMask && !loss) {
          loss = await another("loss");
          await writeOnes(loss, count);
        }
        await tokens.write(rawBytes(item.tokens));
        if (loss) await (item.lossMask ? loss.write(item.lossMask) : writeOnes(loss, item.tokens.length));
        count += item.tokens.length;
        ends.push(BigInt(count));
      },
      async close() {
        await (await another("index")).write(rawBytes(ends.view()));
        const bytes = index.dtype === "uint16" ? 2 : 4;
        const text = `${index.tokenizer.name}|${bytes}\n${count}\n${metric(count)}`;
        await (await another("metadata")).write(Buffer.from(text));
        await commitAll(outputs);
        return { files: names, skipped: 0 };
      },
      abort: () => discardAll(outputs),
    };
  },
};
export default datatrove;

async function writeOnes(output: Output, count: number): Promise<void> {
  const ones = new Uint8Array(Math.min(count, 1 << 20)).fill(1);
  for (let left = count; left > 0; left -= ones.length) await output.write(ones.subarray(0, left));
}

/** A count as Python's `humanize.metric(count, unit="T")` writes it: three digits and a prefix. */
export function metric(count: number): string {
  let exponent = count === 0 ? 0 : Math.floor(Math.log10(count));
  const rounded = Number(count.toPrecision(3));
  if (rounded >= 10 ** (exponent + 1)) exponent++;
  const group = Math.floor(exponent / 3);
  const digits = Math.max(0, 2 - (exponent % 3));
  return `${evenFixed(count / 10 ** (group * 3), digits)} ${group === 0 ? "" : "kMGTPEZY"[group - 1]}T`;
}

/** `toFixed`, but exact halves go to the even digit, as in Python. */
function evenFixed(value: number, digits: number): string {
  const scaled = value * 10 ** digits;
  const below = Math.floor(scaled);
  const half = Number.isInteger(value * 8) && scaled - below === 0.5;
  return (half && below % 2 === 0 ? below / 10 ** digits : value).toFixed(digits);
}
