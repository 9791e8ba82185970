/** `mdp curate`: files in, the documents worth training on out. */
import { command } from "../command.ts";
import { copySettings, outArg, pathArg, readingArgs, runArgs, runPrepare } from "../prepare.ts";
import { settingArgs } from "../settings.ts";

export default command({
  meta: { name: "curate", description: "Filter files, repair their text and remove copies; documents come out." },
  args: {
    ...pathArg,
    ...outArg("Output folder: documents in part files, manifest.json and the rest."),
    ...runArgs,
    stats: { type: "boolean", description: "Show histograms of lengths when done." },
    ...settingArgs({ section: "curate", names: { documentFormat: "format" } }, copySettings, {
      section: "shard",
      only: ["workers", "taskBytes", "keepStaging"],
    }),
    ...readingArgs,
  },
  changes: true,
  examples: [
    { command: "mdp curate data/raw --out data/clean", summary: "The default steps" },
    {
      command: "mdp curate data/raw --out data/clean --preset fineweb --keep-excluded",
      summary: "FineWeb's, with what they drop",
    },
    { command: "mdp curate data/raw --out data/clean --format parquet", summary: "Parquet instead of JSON Lines" },
  ],
  run: (context) => runPrepare("curate", context, { out: context.value("out"), stats: context.has("stats") }),
});
