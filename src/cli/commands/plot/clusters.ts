/** `mdp plot clusters`: a map of passages by meaning. */

import { GROUPINGS, MOST_GROUPS } from "../../../pipelines/plots/clusters.ts";
import { plotClusters } from "../../../pipelines/plots.ts";
import { command } from "../../command.ts";
import { givePlot, plotArgs } from "../../plot.ts";
import { logFor } from "../../ui/log.ts";
import { oneOf, typesOf, wholeNumber } from "../../values.ts";

const SAMPLE = 2_000;
const MOST_POINTS = 20_000;

export default command({
  meta: { name: "clusters", description: "Draw passages as a map: what means the like lies near each other." },
  args: {
    ...plotArgs,
    by: {
      type: "string",
      valueHint: GROUPINGS.join("|"),
      description: "What the colours tell: groups of like meaning, engines or folders. [cluster]",
    },
    groups: {
      type: "string",
      valueHint: "N",
      description: `Groups of like meaning, at most ${MOST_GROUPS}. [${MOST_GROUPS}]`,
    },
    sample: { type: "string", valueHint: "N", description: `Most passages to draw, of each engine. [${SAMPLE}]` },
    type: { type: "string", several: true, valueHint: "ENGINE", description: "Engines to draw. All by default." },
  },
  examples: [
    { command: "mdp plot clusters --out map.html", summary: "A page; a pointer on a dot shows its file" },
    {
      command: "mdp plot clusters --by folder --type code > map.svg",
      summary: "Do folders hold what belongs together?",
    },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    const by = oneOf(context, "by", GROUPINGS) ?? "cluster";
    const groups = wholeNumber(context, "groups", { max: MOST_GROUPS }) ?? MOST_GROUPS;
    const sample = wholeNumber(context, "sample", { min: 2, max: MOST_POINTS }) ?? SAMPLE;
    return givePlot(context, async () => {
      const plot = await plotClusters({ project, settings, types: typesOf(context), by, groups, sample });
      const left = plot.leftOut.join(", ");
      if (left !== "") logFor(context).info(`note: vectors of another model are on no common map: ${left} left out`);
      return plot;
    });
  },
});
