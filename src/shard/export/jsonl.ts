/** JSON lines: `<split>.jsonl` with an object per sample; ids of documents are texts, as they have 64 bits. */
import { join } from "node:path";
import type { Exporter } from "./exporter.ts";
import { columnsOf } from "./shared/columns.ts";
import { Output } from "./shared/output.ts";

const jsonl: Exporter = {
  name: "jsonl",
  items: "samples",
  takesText: true,

  async open(target) {
    const name = `${target.split}.jsonl`;
    const output = await Output.create(join(target.dir, name));
    const columns = columnsOf(target);
    return {
      async add(item) {
        const fields = columns.map(({ name, of }) => {
          const value = of(item);
          if (typeof value === "string") return `"${name}":${JSON.stringify(value)}`;
          return `"${name}":${typeof value === "bigint" ? `"${value}"` : `[${value.join()}]`}`;
        });
        await output.write(Buffer.from(`{${fields.join()}}\n`));
      },
      async close() {
        await output.commit();
        return { files: [name], skipped: 0 };
      },
      abort: () => output.discard(),
    };
  },
};
export default jsonl;
