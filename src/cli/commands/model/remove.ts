/** `mdp model remove`: a downloaded model off the disk. */
import { createInterface } from "node:readline/promises";
import { UsageError } from "../../../core/errors.ts";
import { planRemoval, type RemovalPlan, removeModel } from "../../../pipelines/hub.ts";
import { command } from "../../command.ts";
import { writeJson } from "../../output.ts";
import { formatBytes, plural } from "../../ui/format.ts";
import { logFor } from "../../ui/log.ts";
import { safeLine } from "../../ui/sanitize.ts";

export default command({
  meta: { name: "remove", description: "Delete a model from the hub's cache or the model cache." },
  args: {
    model: {
      type: "positional",
      description: "A name as `mdp model list` shows it; with @REVISION only that revision goes.",
      required: true,
    },
    yes: { type: "boolean", alias: "y", description: "Do not ask." },
  },
  examples: [
    { command: "mdp model remove org/name", summary: "All its revisions, after a question" },
    { command: "mdp model remove org/name@v1.0 --yes", summary: "One revision; what others share stays" },
  ],
  async run(context) {
    const plan = planRemoval(context.positionals[0]!);
    const what = `${plan.name} (${part(plan)}${plan.dir})`;
    if (!context.has("yes")) {
      if (!process.stdin.isTTY || context.json) {
        throw new UsageError(`this deletes ${what}`, "say so with --yes");
      }
      if (!(await agreed(`delete ${safeLine(what)}? [y/N] `))) {
        logFor(context).info("nothing was deleted");
        return 0;
      }
    }
    const freed = removeModel(plan);
    if (context.json) await writeJson({ model: plan.name, commits: plan.commits, dir: plan.dir, freed });
    else logFor(context).info(`deleted ${what}; ${formatBytes(freed)} are free again`);
    return 0;
  },
});

/** What goes of a model in the hub's cache. */
function part({ commits, ref }: RemovalPlan): string {
  if (ref) return `its name alone, the files stay for ${ref.others.join(", ")}, in `;
  return commits.length > 0 ? `${plural(commits.length, "revision")} in ` : "";
}

async function agreed(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
}
