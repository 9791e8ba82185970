/** Everything that is wrong with the steps of `mdp.yaml`, found before any of them is done. */
import { FILE_NAME } from "../../config/file.ts";
import { type CheckedSettings, checkSettings, type Environment, settingsOf } from "../../config/load.ts";
import { ConfigError, type Problem } from "../../config/problems.ts";
import type { Settings } from "../../config/schema.ts";
import { UsageError } from "../../core/errors.ts";
import type { Project } from "../../core/project.ts";
import { closest } from "../../core/suggest.ts";
import { openEngines } from "../engines/resolve.ts";
import { selectEngine } from "../engines/select.ts";
import { stepFlags } from "./step-settings.ts";
import { readSteps, SOURCE, type Step } from "./steps.ts";

export interface CheckedSteps {
  settings: Settings;
  /** In order where there are no problems. */
  steps: Step[];
  problems: Problem[];
}

/**
 * The steps of settings that have no problems in themselves, with the problems of the steps: what `readSteps` finds,
 * settings of a step that are wrong, engines and sources that do not exist.
 */
export async function checkSteps(project: Project, checked: CheckedSettings, env: Environment): Promise<CheckedSteps> {
  const { settings } = await settingsOf(checked, project.dir);
  const { steps, problems } = readSteps(project, settings, checked.whereOf);
  if (steps.length === 0) return { settings, steps, problems };
  for (const step of steps) {
    const flags = stepFlags(project, step, checked.whereOf);
    const found = flags.size === 0 ? [] : (await checkSettings({ projectDir: project.dir, flags, env })).problems;
    // A key that no section has is nobody's setting: only its place in the step is known.
    const placed = found.map((one) =>
      one.where === FILE_NAME ? { ...one, where: checked.whereOf(`steps.${step.name}.settings.${one.key}`) } : one,
    );
    problems.push(...placed, ...(await unknownNames(step, settings, checked.whereOf)));
  }
  return { settings, steps, problems };
}

/** The same for a run. @throws ConfigError with all problems of `mdp.yaml` and its steps */
export async function loadSteps(project: Project, env: Environment): Promise<Omit<CheckedSteps, "problems">> {
  const checked = await checkSettings({ projectDir: project.dir, env });
  if (checked.problems.length > 0) throw new ConfigError(checked.problems);
  const { problems, ...found } = await checkSteps(project, checked, env);
  if (problems.length > 0) throw new ConfigError(problems);
  return found;
}

async function unknownNames(step: Step, settings: Settings, whereOf: (key: string) => string): Promise<Problem[]> {
  const problems: Problem[] = [];
  const report = (part: string, message: string, hint: string | undefined) => {
    const key = `steps.${step.name}.${part}`;
    problems.push({ key, message: `${key}: ${message}`, where: whereOf(key), hint });
  };
  if (step.type !== undefined) {
    try {
      selectEngine(await openEngines(settings), step.type);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      report("type", error.message, error.hint);
    }
  }
  const sources = Object.keys(settings.sources);
  for (const input of step.inputs) {
    const name = input.slice(SOURCE.length);
    if (!input.startsWith(SOURCE) || sources.includes(name)) continue;
    const near = closest(name, sources);
    const known = sources.length === 0 ? "mdp.yaml names no sources" : `sources: ${sources.join(", ")}`;
    report(step.verb, `there is no source "${name}"`, near ? `did you mean "${near}"?` : known);
  }
  return problems;
}
