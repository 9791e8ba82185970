/** `mdp shard reindex`: makes the index of a set again from its shards. */
import { reindexShards } from "../../../pipelines/shards/reindex.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { setArg, shardWork } from "../../shard-work.ts";
import { plural } from "../../ui/format.ts";
import { logFor } from "../../ui/log.ts";
import { safeLine } from "../../ui/sanitize.ts";

export default command({
  meta: { name: "reindex", description: "Rebuild shard_index.json from the headers of the shards." },
  args: {
    ...setArg,
    partial: { type: "boolean", description: "Index the shards that are there although others are missing." },
  },
  examples: [
    { command: "mdp shard reindex data/shards", summary: "After the index was lost" },
    { command: "mdp shard reindex data/shards --partial", summary: "Go on without a damaged shard that was removed" },
  ],
  async run(context) {
    const partial = context.has("partial");
    const report = await shardWork(context, (work) => reindexShards(context.positionals[0]!, { ...work, partial }));
    const { index, dir, missing } = report;
    if (missing.length > 0) {
      logFor(context).warn(`${plural(missing.length, "shard")} missing: ${safeLine(missing.join(", "))}`);
    }
    if (context.json) await writeJson({ dir, missing, shards: index.num_shards, tokens: index.total_tokens });
    else await writeOut(`${plural(index.num_shards, "shard")}, ${plural(index.total_tokens, "token")} indexed\n`);
    return 0;
  },
});
