/** `mdp data stats`: counts, reasons and lengths of an output. */
import { dataStats } from "../../../pipelines/data/stats.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderStats } from "../../ui/data.ts";
import { logFor } from "../../ui/log.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: { name: "stats", description: "Show what became of the documents of an output, why, and how long they are." },
  args: {
    dir: { type: "positional", description: "A folder that curate, dedup or shard filled.", required: true },
    out: { type: "string", valueHint: "FILE", description: "Draw into an .html or .svg file." },
  },
  examples: [
    { command: "mdp data stats data/shards", summary: "Counts, reasons for dropping, histograms of lengths" },
    { command: "mdp data stats data/shards --out stats.html", summary: "The same as a page" },
  ],
  async run(context) {
    const out = context.value("out");
    const manifest = await dataStats(context.positionals[0]!, out);
    if (context.json) await writeJson(manifest.report);
    else await writeOut(renderStats(manifest, paintFor(context.stdout)));
    if (out !== undefined) logFor(context).info(`drawn into ${out}`);
    return 0;
  },
});
