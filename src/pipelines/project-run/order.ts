/** Which steps come before which, by what they name and by what they read; and orders that cannot be. */
import { resolve, sep } from "node:path";
import { pathSettings } from "../../config/load.ts";
import type { Problem } from "../../config/problems.ts";
import type { Settings } from "../../config/schema.ts";
import type { Project } from "../../core/project.ts";
import { isAddress } from "../../embed/config.ts";
import type { VerbName } from "./config.ts";
import type { Step } from "./steps.ts";

/** The place of a key of the settings: `mdp.yaml:4`. */
export type WhereOf = (key: string) => string;

/** A step that comes first, and why. */
export interface Link {
  to: string;
  /** The key of the step that says so. */
  key: string;
  /** `b reads made/a`. */
  why: string;
}

export type Links = ReadonlyMap<string, readonly Link[]>;

/** Sections with settings that name files which a verb reads. */
const READ_SECTIONS: Readonly<Record<VerbName, readonly (keyof Settings)[]>> = {
  ingest: ["embed", "engines"],
  eval: ["embed", "engines"],
  curate: ["curate", "dedup"],
  dedup: ["dedup"],
  shard: ["curate", "dedup", "shard"],
  train: ["train"],
  "train-embedder": ["trainEmbedder"],
  "train-preferences": ["train", "trainPreferences"],
  fuse: [],
  tokenizer: [],
};

/** What a step reads: the path, the key that names it, and how it stands there. */
interface Read {
  path: string;
  key: string;
  text: string;
}

/** Of each step those that it names, those that make what it reads, and for an evaluation what fills the tables. */
export function linksOf(project: Project, settings: Settings, steps: readonly Step[]): Links {
  const at = (path: string) => resolve(project.dir, path);
  const within = (path: string, out: string) => path === out || path.startsWith(`${out}${sep}`);
  return new Map(
    steps.map((step) => {
      const reads = readsOf(step, settings, at);
      const links = steps.flatMap((other): Link[] => {
        if (step.needs.includes(other.name)) {
          return [{ to: other.name, key: "needs", why: `${step.name} needs ${other.name}` }];
        }
        if (other.out !== undefined) {
          const read = reads.find(({ path }) => within(path, at(other.out!)));
          return read ? [{ to: other.name, key: read.key, why: `${step.name} reads ${read.text}` }] : [];
        }
        const asks = step.verb === "eval" && other.verb === "ingest" && step.needs.length === 0;
        return asks ? [{ to: other.name, key: "eval", why: `${step.name} asks of what ${other.name} ingests` }] : [];
      });
      return [step.name, links] as const;
    }),
  );
}

function readsOf(step: Step, settings: Settings, at: (path: string) => string): Read[] {
  const named = step.inputs.map((text) => ({ text, key: step.verb as string }));
  if (step.model !== undefined) named.push({ text: step.model, key: "model" });
  const reads = named.map(({ text, key }) => ({ path: at(text), key, text }));
  for (const path of [...pathSettings, "embed.model"]) {
    const [section, key] = path.split(".") as [keyof Settings, string];
    if (!READ_SECTIONS[step.verb].includes(section)) continue;
    const own = step.settings[section]?.[key];
    const value = own ?? (settings[section] as Record<string, unknown>)[key];
    for (const text of [value].flat()) {
      if (typeof text !== "string" || isAddress(text)) continue;
      reads.push({ path: at(text), key: own === undefined ? step.verb : `settings.${path}`, text: `${path} ${text}` });
    }
  }
  if (!READ_SECTIONS[step.verb].includes("engines")) return reads;
  for (const [name, { model }] of Object.entries(settings.engines)) {
    if (model === undefined || isAddress(model) || (step.type !== undefined && step.type !== name)) continue;
    reads.push({ path: at(model), key: step.verb, text: `engines.${name}.model ${model}` });
  }
  return reads;
}

/** Circles, at least one where there are any, each from the step that stands first in the file. */
export function circlesOf(steps: readonly Step[], links: Links, whereOf: WhereOf): Problem[] {
  const problems: Problem[] = [];
  const done = new Set<string>();
  const visit = (name: string, chain: readonly string[]) => {
    const seen = chain.indexOf(name);
    if (seen !== -1) problems.push(circleProblem(chain.slice(seen), steps, links, whereOf));
    if (seen !== -1 || done.has(name)) return;
    for (const { to } of links.get(name) ?? []) visit(to, [...chain, name]);
    done.add(name);
  };
  for (const { name } of steps) visit(name, []);
  return problems;
}

function circleProblem(names: readonly string[], steps: readonly Step[], links: Links, whereOf: WhereOf): Problem {
  const first = steps.findIndex(({ name }) => names.includes(name));
  const start = names.indexOf(steps[first]!.name);
  const circle = [...names.slice(start), ...names.slice(0, start)];
  const taken = circle.map((name, i) => links.get(name)!.find(({ to }) => to === circle[(i + 1) % circle.length])!);
  const key = `steps.${circle[0]}.${taken[0]!.key}`;
  const what = circle.length === 1 ? "the step needs itself" : "the steps need each other";
  const message = `${what}: ${[...circle, circle[0]].join(" → ")}`;
  return {
    key,
    message,
    where: whereOf(key),
    hint: `${taken.map(({ why }) => why).join("; ")}${circle.length === 1 ? "" : ": leave one of them out"}`,
  };
}

/** Two steps that make the same file or folder. */
export function sharedOutputs(project: Project, steps: readonly Step[], whereOf: WhereOf): Problem[] {
  const makers = new Map<string, Step>();
  return steps.flatMap((step): Problem[] => {
    if (step.out === undefined) return [];
    const path = resolve(project.dir, step.out);
    const other = makers.get(path);
    makers.set(path, other ?? step);
    if (!other) return [];
    const key = `steps.${step.name}.out`;
    const message = `the steps ${other.name} and ${step.name} make the same: ${step.out}`;
    const hint = `${other.name} does in ${whereOf(`steps.${other.name}.out`)}; name another place`;
    return [{ key, message, where: whereOf(key), hint }];
  });
}

/** Steps that others need before them, otherwise in the order of the file. There must be no circle. */
export function inOrder(steps: readonly Step[]): Step[] {
  const ordered = new Set<Step>();
  const visit = (step: Step) => {
    if (ordered.has(step)) return;
    for (const name of step.needs) visit(steps.find((other) => other.name === name)!);
    ordered.add(step);
  };
  for (const step of steps) visit(step);
  return [...ordered];
}
