/** The steps of a project: those that `mdp.yaml` names, else the few that its settings imply, in the order of their needs. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Settings } from "../../config/schema.ts";
import { UsageError } from "../../core/errors.ts";
import type { Project } from "../../core/project.ts";
import { closest } from "../../core/suggest.ts";
import { Listing } from "../../manifest/listing.ts";
import { type StepSettings, type VerbName, verbNames } from "./config.ts";

export interface Step {
  name: string;
  verb: VerbName;
  /** As they are written; paths are meant from the project folder. */
  inputs: readonly string[];
  out: string | undefined;
  model: string | undefined;
  type: string | undefined;
  /** Names of steps that come first. */
  needs: readonly string[];
  /** Settings of its own, by section. */
  settings: StepSettings["settings"];
}

/** What an input begins with that names a source of the settings. */
export const SOURCE = "source:";

/**
 * All steps, those that others need before them, otherwise in the order of the file.
 *
 * @throws UsageError for a step without a verb, with two, without what its verb needs, or in a circle
 */
export function stepsOf(project: Project, settings: Settings): Step[] {
  const given = Object.entries(settings.steps);
  const steps = given.length > 0 ? given.map(([name, step]) => stepOf(name, step)) : impliedSteps(project, settings);
  return inOrder(steps.map((step) => ({ ...step, needs: needsOf(step, steps, project) })));
}

function stepOf(name: string, given: StepSettings): Step {
  const where = `mdp.yaml: steps.${name}`;
  const verbs = verbNames.filter((verb) => given[verb] !== undefined);
  const [verb] = verbs;
  if (verb === undefined || verbs.length > 1) {
    const message = verb === undefined ? "the step does nothing" : `the step does several things: ${verbs.join(", ")}`;
    throw new UsageError(message, `it has one of: ${verbNames.join(", ")}`, where);
  }
  const inputs = [given[verb]!].flat();
  if (inputs.length === 0) throw new UsageError(`${verb} has no inputs`, "name files, folders or globs", where);
  const { out, model, type, needs, settings } = given;
  if (out === undefined && verb !== "ingest" && verb !== "eval") {
    throw new UsageError(`${verb} needs an output folder`, "name it: out: FOLDER", where);
  }
  if (out !== undefined && verb === "ingest") throw new UsageError("ingest has no output folder", undefined, where);
  if (model === undefined && (verb === "train" || verb === "train-preferences")) {
    throw new UsageError(`${verb} needs a model`, "name it: model: DIR", where);
  }
  if (!verb.startsWith("train") && model !== undefined) {
    throw new UsageError(`${verb} takes no model here`, "settings: { embed: { model: … } } sets that of ingest", where);
  }
  if (verb !== "ingest" && verb !== "eval" && type !== undefined) {
    throw new UsageError(`${verb} knows no engines`, undefined, where);
  }
  return { name, verb, inputs, out, model, type, needs, settings };
}

/** Without steps: ingest, then shards and an evaluation where the settings name a place and questions for them. */
function impliedSteps(project: Project, settings: Settings): Step[] {
  const { shardsOut, questions } = settings.run;
  const sources = Object.keys(settings.sources).map((name) => `${SOURCE}${name}`);
  const files = defaultInputs(project, settings);
  const bare = { out: undefined, model: undefined, type: undefined, needs: [], settings: {} };
  const steps: Step[] = [{ ...bare, name: "ingest", verb: "ingest", inputs: [...new Set([...files, ...sources])] }];
  if (shardsOut !== undefined) {
    const readable = files.filter((file) => !file.startsWith(SOURCE));
    steps.push({ ...bare, name: "shard", verb: "shard", inputs: readable, out: shardsOut });
  }
  if (questions !== undefined) steps.push({ ...bare, name: "eval", verb: "eval", inputs: [questions] });
  return steps;
}

/** What is ingested where nothing is named: what the settings say, else what was ingested before, else the project. */
export function defaultInputs(project: Project, settings: Settings): readonly string[] {
  return settings.run.inputs ?? rootsOf(project) ?? ["."];
}

/** What the project has ingested so far; undefined when nothing. */
function rootsOf({ stateDir }: Project): string[] | undefined {
  if (!existsSync(join(stateDir, "state.db"))) return undefined;
  using listing = new Listing(stateDir);
  // A list on standard input is gone.
  const roots = listing.roots().filter((root) => root !== "-" && !root.startsWith(SOURCE));
  return roots.length === 0 ? undefined : roots;
}

/** Steps that a step names, those that make what it reads, and for an evaluation what fills the tables. */
function needsOf(step: Step, steps: readonly Step[], project: Project): string[] {
  for (const name of step.needs) {
    if (!steps.some((other) => other.name === name)) throw noStep(name, steps, `mdp.yaml: steps.${step.name}.needs`);
  }
  const reads = [...step.inputs, ...(step.model === undefined ? [] : [step.model])].map((path) =>
    resolve(project.dir, path),
  );
  const makes = (other: Step) => {
    if (other.out === undefined) return step.verb === "eval" && other.verb === "ingest" && step.needs.length === 0;
    const out = resolve(project.dir, other.out);
    return reads.some((path) => path === out || path.startsWith(`${out}/`));
  };
  const found = steps.filter((other) => other !== step && (step.needs.includes(other.name) || makes(other)));
  return found.map(({ name }) => name);
}

function inOrder(steps: readonly Step[]): Step[] {
  const ordered: Step[] = [];
  const visit = (step: Step, chain: readonly string[]) => {
    if (ordered.includes(step)) return;
    if (chain.includes(step.name)) {
      throw new UsageError(
        `the steps need each other: ${[...chain, step.name].join(" → ")}`,
        undefined,
        "mdp.yaml: steps",
      );
    }
    for (const name of step.needs) visit(steps.find((other) => other.name === name)!, [...chain, step.name]);
    ordered.push(step);
  };
  for (const step of steps) visit(step, []);
  return ordered;
}

/** The steps that are asked for: one alone, or those from one on. @throws UsageError for a name that no step has */
export function chosenSteps(steps: readonly Step[], only: string | undefined, from: string | undefined): Step[] {
  for (const name of [only, from]) {
    if (name !== undefined && !steps.some((step) => step.name === name)) throw noStep(name, steps);
  }
  if (only !== undefined) return steps.filter(({ name }) => name === only);
  return from === undefined ? [...steps] : steps.slice(steps.findIndex(({ name }) => name === from));
}

function noStep(name: string, steps: readonly Step[], where?: string): UsageError {
  const names = steps.map((step) => step.name);
  const near = closest(name, names);
  const hint = near ? `did you mean "${near}"?` : `steps: ${names.join(", ")}`;
  return new UsageError(`there is no step "${name}"`, hint, where);
}
