/** `mdp shard inspect`: what a set of shards, or one shard, holds. */
import { inspectShards } from "../../../pipelines/shards/inspect.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderInspect } from "../../ui/shards.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: { name: "inspect", description: "Describe a set of shards, or one shard: its layout, counts and tokenizer." },
  args: { path: { type: "positional", description: "A folder that mdp shard wrote, or a shard.", required: true } },
  examples: [
    { command: "mdp shard inspect data/shards", summary: "A set and its splits" },
    { command: "mdp shard inspect data/shards/shards/train/shard_0000.safetensors", summary: "One shard" },
    { command: "mdp shard inspect data/shards --json | jq .index.total_tokens", summary: "For programs" },
  ],
  async run(context) {
    const report = await inspectShards(context.positionals[0]!);
    await (context.json ? writeJson(report) : writeOut(renderInspect(report, paintFor(context.stdout))));
    return 0;
  },
});
