/** The steps of a project: those that `mdp.yaml` names, else the few that its settings imply. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../config/problems.ts";
import type { Settings } from "../../config/schema.ts";
import { UsageError } from "../../core/errors.ts";
import type { Project } from "../../core/project.ts";
import { closest } from "../../core/suggest.ts";
import { Listing } from "../../manifest/listing.ts";
import { type StepSettings, type VerbName, verbNames } from "./config.ts";
import { circlesOf, inOrder, linksOf, sharedOutputs, type WhereOf } from "./order.ts";

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
 * All steps, those that others need before them, otherwise in the order of the file. A problem is a step without a verb, with two, or without what its verb needs; a need that no
 * step meets; an output that two steps make; a circle. Steps are in order only where there is none.
 *
 * @param whereOf the place of a key: `mdp.yaml:4`
 */
export function readSteps(
  project: Project,
  settings: Settings,
  whereOf: WhereOf,
): { steps: Step[]; problems: Problem[] } {
  const given = Object.entries(settings.steps);
  const problems = given.flatMap(([name, step]) => faultsOf(name, step, whereOf));
  // What a step lacks is said first: what it would need is not known.
  if (problems.length > 0) return { steps: [], problems };
  const steps = given.length > 0 ? given.map(([name, step]) => stepOf(name, step)) : impliedSteps(project, settings);
  problems.push(...steps.flatMap((step) => unmetNeeds(step, steps, whereOf)));
  problems.push(...sharedOutputs(project, steps, whereOf));
  const links = linksOf(project, settings, steps);
  problems.push(...circlesOf(steps, links, whereOf));
  if (problems.length > 0) return { steps, problems };
  const withNeeds = steps.map((step) => ({ ...step, needs: links.get(step.name)!.map(({ to }) => to) }));
  return { steps: inOrder(withNeeds), problems };
}

const NEED_MODEL: readonly VerbName[] = ["train", "train-preferences", "fuse"];

/** What is wrong with a step by itself. */
function faultsOf(name: string, given: StepSettings, whereOf: WhereOf): Problem[] {
  const key = `steps.${name}`;
  const fault = (message: string, hint?: string, at = ""): Problem[] => [
    { key: `${key}${at}`, message: `${key}: ${message}`, where: whereOf(`${key}${at}`), hint },
  ];
  const verbs = verbNames.filter((verb) => given[verb] !== undefined);
  const [verb, second] = verbs;
  const choices = `it has one of: ${verbNames.join(", ")}`;
  if (verb === undefined) return fault("the step does nothing", choices);
  if (second !== undefined) return fault(`the step does several things: ${verbs.join(", ")}`, choices, `.${second}`);
  const { out, model, type } = given;
  const faults: Problem[] = [];
  if ([given[verb]!].flat().length === 0) {
    faults.push(...fault(`${verb} has no inputs`, "name files, folders or globs", `.${verb}`));
  }
  if (out === undefined && verb !== "ingest" && verb !== "eval") {
    faults.push(...fault(`${verb} needs an output folder`, "name it: out: FOLDER"));
  }
  if (out !== undefined && verb === "ingest") faults.push(...fault("ingest has no output folder", undefined, ".out"));
  if (model === undefined && NEED_MODEL.includes(verb)) {
    faults.push(...fault(`${verb} needs a model`, "name it: model: DIR"));
  }
  if (model !== undefined && verb !== "train-embedder" && !NEED_MODEL.includes(verb)) {
    const hint = "settings: { embed: { model: … } } sets that of ingest";
    faults.push(...fault(`${verb} takes no model here`, hint, ".model"));
  }
  if (verb !== "ingest" && verb !== "eval" && type !== undefined) {
    faults.push(...fault(`${verb} knows no engines`, undefined, ".type"));
  }
  return faults;
}

/** Of a step without faults. */
function stepOf(name: string, given: StepSettings): Step {
  const verb = verbNames.find((each) => given[each] !== undefined)!;
  const { out, model, type, needs, settings } = given;
  return { name, verb, inputs: [given[verb]!].flat(), out, model, type, needs, settings };
}

function unmetNeeds(step: Step, steps: readonly Step[], whereOf: WhereOf): Problem[] {
  const key = `steps.${step.name}.needs`;
  return step.needs
    .filter((name) => !steps.some((other) => other.name === name))
    .map((name) => ({ key, where: whereOf(key), ...noStep(name, steps) }));
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

/** The steps that are asked for: one alone, or those from one on. @throws UsageError for a name that no step has */
export function chosenSteps(steps: readonly Step[], only: string | undefined, from: string | undefined): Step[] {
  for (const name of [only, from]) {
    if (name === undefined || steps.some((step) => step.name === name)) continue;
    const { message, hint } = noStep(name, steps);
    throw new UsageError(message, hint);
  }
  if (only !== undefined) return steps.filter(({ name }) => name === only);
  return from === undefined ? [...steps] : steps.slice(steps.findIndex(({ name }) => name === from));
}

function noStep(name: string, steps: readonly Step[]): Pick<Problem, "message" | "hint"> {
  const names = steps.map((step) => step.name);
  const near = closest(name, names);
  const hint = near ? `did you mean "${near}"?` : `steps: ${names.join(", ")}`;
  return { message: `there is no step "${name}"`, hint };
}
