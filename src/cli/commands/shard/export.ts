/** `mdp shard export`: a set in the format of another library. */
import { UsageError } from "../../../core/errors.ts";
import { exportShards } from "../../../pipelines/shards/export.ts";
import { exporters } from "../../../shard/export/index.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { setArg, shardWork } from "../../shard-work.ts";
import { renderExport } from "../../ui/shards.ts";
import { paintFor } from "../../ui/terminal.ts";

const formats = exporters.names.join("|");

export default command({
  meta: {
    name: "export",
    description: "Write a set in the format of another library: documents for Megatron and datatrove, samples else.",
  },
  args: {
    ...setArg,
    to: { type: "string", valueHint: formats, description: "The format." },
    out: { type: "string", valueHint: "DIR", description: "An empty or new folder." },
    tokenizer: {
      type: "string",
      valueHint: "FILE",
      description: "The set's tokenizer: texts stand beside the tokens in jsonl, parquet and mds.",
    },
    split: { type: "string", valueHint: "NAME", description: "Only one split; all by default." },
  },
  examples: [
    { command: "mdp shard export data/flat --to megatron --out data/megatron", summary: "train.bin and train.idx" },
    {
      command: "mdp shard export data/packed --to mds --split train --out data/mds",
      summary: "Rows for Mosaic's loader",
    },
  ],
  async run(context) {
    const to = context.value("to");
    const out = context.value("out");
    if (to === undefined) throw new UsageError("mdp shard export needs a format", `name one with --to ${formats}`);
    if (out === undefined) throw new UsageError("mdp shard export needs an output folder", "name one with --out DIR");
    const [split, tokenizer] = [context.value("split"), context.value("tokenizer")];
    const path = context.positionals[0]!;
    const report = await shardWork(context, (work) => exportShards({ path, out, to, split, tokenizer, ...work }));
    await (context.json ? writeJson(report) : writeOut(renderExport(report, paintFor(context.stdout))));
    return 0;
  },
});
