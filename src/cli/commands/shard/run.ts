/** `mdp shard`: files in, training shards out. */
import { command } from "../../command.ts";
import { copySettings, outArg, pathArg, readingArgs, runArgs, runPrepare } from "../../prepare.ts";
import { settingArgs } from "../../settings.ts";

export default command({
  meta: {
    name: "shard",
    description: "Filter files, remove copies, tokenize, pack and write training shards with an index.",
  },
  args: {
    ...pathArg,
    ...outArg("Output folder: shards/, manifest.json and the rest."),
    ...runArgs,
    stats: { type: "boolean", description: "Show histograms of lengths when done." },
    check: { type: "boolean", description: "Load every shard back when done, and compare what comes with the index." },
    ...settingArgs(
      { section: "shard", names: { shardFormat: "format" } },
      { section: "curate", except: ["documentFormat"] },
      copySettings,
    ),
    ...readingArgs,
  },
  changes: true,
  examples: [
    {
      command: "mdp shard data/raw --out data/shards --pack --seq-len 2048 --tokenizer gpt2.json",
      summary: "English text, filtered and without copies, in rows of 2,048 tokens",
    },
    {
      command: "mdp shard data/raw --out data/shards --tokenizer t.json --resume",
      summary: "Go on after an interruption",
    },
    {
      command: "mdp shard data/clean --out shards --tokenizer t.json --preset none",
      summary: "Only tokenize and write",
    },
  ],
  run: (context) =>
    runPrepare("shard", context, {
      out: context.value("out"),
      stats: context.has("stats"),
      check: context.has("check"),
    }),
});
