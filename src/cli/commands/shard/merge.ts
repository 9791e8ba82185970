/** `mdp shard merge`: one set of several. */
import { UsageError } from "../../../core/errors.ts";
import { mergeShards } from "../../../pipelines/shards/merge.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { shardWork } from "../../shard-work.ts";
import { renderIndex } from "../../ui/shards.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: {
    name: "merge",
    description: "Make one set of several that have the same tokenizer and layout; nothing is deduplicated.",
  },
  args: {
    dir: {
      type: "positional",
      description: "Folders that mdp shard wrote, in the order of the result.",
      required: true,
      repeated: true,
    },
    out: { type: "string", valueHint: "DIR", description: "Folder of the new set." },
  },
  examples: [{ command: "mdp shard merge shards/web shards/code --out shards/all", summary: "Two sets as one" }],
  async run(context) {
    const out = context.value("out");
    if (out === undefined) throw new UsageError("mdp shard merge needs an output folder", "name one with --out DIR");
    const paths = [...context.positionals];
    const index = await shardWork(context, (work) => mergeShards({ paths, out, ...work }));
    const bytes = index.shards.reduce((sum, shard) => sum + shard.bytes, 0);
    if (context.json) await writeJson({ out, shards: index.num_shards, tokens: index.total_tokens, bytes });
    else await writeOut(renderIndex(index, out, bytes, paintFor(context.stdout)));
    return 0;
  },
});
