/** `ingest` as a step: the state knows what changed. */
import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { contentsHash } from "../../../manifest/contents.ts";
import { adaptTables } from "../../index/rebuild.ts";
import { pendingChanges } from "../../ingest/pending.ts";
import { countsOf, exitCodeOf, ingest } from "../../ingest.ts";
import { SOURCE } from "../steps.ts";
import { counted, type StepContext, type Verb } from "../verb.ts";
import { modelHashes } from "./shared/training.ts";

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

  /** A model in a folder may be another one under the same name, such as one that a step trains. */
  async reads({ settings }) {
    const models = [
      ["embed.model", settings.embed.model] as const,
      ...Object.entries(settings.engines).map(([name, { model }]) => [`engines.${name}.model`, model] as const),
    ];
    const hashes: Record<string, string> = {};
    const seen = new Set<string>();
    for (const [name, model] of models) {
      // What the common sections say is told to every engine too.
      if (model === undefined || seen.has(model) || !isAbsolute(model) || !existsSync(model)) continue;
      seen.add(model);
      Object.assign(hashes, await modelHashes(model, name));
    }
    return hashes;
  },

  async run(context, { onIngest, onNote }) {
    const { project, settings, step, signal } = context;
    // Not for settings of one step: two steps with a model each would take the table from each other in every run.
    const isCommon = !["embed", "engines", "store"].some((section) => section in step.settings);
    for (const { engine, converted } of isCommon ? await adaptTables({ project, settings, signal }) : []) {
      if (!converted) continue;
      const { rows, from, to, model } = converted;
      const vectors = `${engine}: ${rows} ${rows === 1 ? "vector" : "vectors"}`;
      onNote?.(model === null ? `${vectors}: from ${from} to ${to}` : `${vectors} to be made anew by ${model}`);
    }
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
