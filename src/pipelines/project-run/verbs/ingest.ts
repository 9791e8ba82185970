/** `ingest` as a step: the state knows what changed. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { contentsHash } from "../../../manifest/contents.ts";
import { pendingChanges } from "../../ingest/pending.ts";
import { countsOf, exitCodeOf, ingest } from "../../ingest.ts";
import { SOURCE } from "../steps.ts";
import { counted, type StepContext, type Verb } from "../verb.ts";

const verb: Verb = {
  selfKept: false,
  sections: ["ingest", "embed", "engines", "formats", "sources"],

  async changes(context) {
    const { project, settings, step, signal } = context;
    if (!existsSync(join(project.stateDir, "state.db"))) return ["the project is new"];
    const sources = step.inputs.filter((input) => input.startsWith(SOURCE));
    const inputs = inputsOf(context).filter((input) => !input.startsWith(SOURCE));
    const pending = await pendingChanges({ project, settings, inputs, type: step.type, signal });
    return [
      ...counted(pending.fresh, "new input"),
      ...counted(pending.changed, "changed input"),
      ...counted(pending.gone, "removed input"),
      ...counted(pending.missing, "missing input"),
      ...(pending.unfinished ? ["the last ingest did not end"] : []),
      ...(sources.length > 0 ? [`${sources.join(", ")} may have something new`] : []),
    ];
  },

  reads: async () => ({}),

  async run(context, { onIngest }) {
    const { project, settings, step, signal } = context;
    const report = await ingest({
      project,
      inputs: inputsOf(context),
      settings,
      type: step.type,
      signal,
      ...(onIngest ? { onProgress: onIngest } : {}),
    });
    return { exitCode: exitCodeOf(report, settings.ingest.strict), report, counts: countsOf(report) };
  },

  makes: async ({ project }) => ({ contents: contentsHash(project.stateDir) }),
};

export default verb;

/** Paths are meant from the project folder. */
function inputsOf({ project, step }: StepContext): string[] {
  return step.inputs.map((input) => (input.startsWith(SOURCE) ? input : resolve(project.dir, input)));
}
