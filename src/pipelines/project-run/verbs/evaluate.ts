/** `eval` as a step: asked again when the questions, the tables or the settings of searching changed. */
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { sha256, sha256File } from "../../../core/hash.ts";
import { contentsHash } from "../../../manifest/contents.ts";
import { evaluateProject, MODES } from "../../evaluate.ts";
import type { StepContext, Verb } from "../verb.ts";

const verb: Verb = {
  selfKept: false,
  sections: ["embed", "search", "store", "engines"],

  async changes({ project, step }) {
    const gone = step.out !== undefined && !existsSync(resolve(project.dir, step.out));
    return gone ? ["its output does not exist yet"] : [];
  },

  async reads(context) {
    return { questions: await hashOf(questionsOf(context)), tables: contentsHash(context.project.stateDir) };
  },

  async run(context, { onQuestion }) {
    const { project, step, settings, signal } = context;
    const save = step.out === undefined ? undefined : resolve(project.dir, step.out);
    if (save !== undefined) mkdirSync(dirname(save), { recursive: true });
    const report = await evaluateProject({
      project,
      settings,
      questions: questionsOf(context),
      modes: MODES,
      types: step.type === undefined ? [] : [step.type],
      save,
      signal,
      ...(onQuestion ? { onProgress: onQuestion } : {}),
    });
    const best = report.results.filter(({ unit, kind }) => unit === "passage" && kind === null);
    return {
      exitCode: 0,
      report,
      counts: Object.fromEntries(best.map(({ way, metrics }) => [way, metrics.ndcg10.mean])),
    };
  },

  async makes({ project, step }) {
    if (step.out === undefined) return {};
    return { measures: await hashOf(resolve(project.dir, step.out)) };
  },
};

export default verb;

const questionsOf = ({ project, step }: StepContext) => resolve(project.dir, step.inputs[0]!);

/** Of a file, or of the files in a folder of BEIR; "" for nothing. */
async function hashOf(path: string): Promise<string> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return sha256File(path);
  if (!found) return "";
  const names = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort();
  const parts = await Promise.all(names.map(async (name) => `${name} ${await sha256File(join(path, name))}`));
  return sha256(parts.join("\n"));
}
