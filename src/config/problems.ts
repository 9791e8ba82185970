/** What is wrong with a configuration: every problem at once, each with its place and the way out. */
import type * as v from "valibot";
import { UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";
import { fields } from "./fields.ts";
import { sectionNames } from "./schema.ts";
import { expectedText } from "./values.ts";

export interface Problem {
  /** `search.k`, or the name of a section, or "" for the whole file. */
  key: string;
  message: string;
  /** `mdp.yaml:4`, `--k`, `MDP_SEARCH_K`. */
  where: string;
  hint: string | undefined;
}

/** Problems as one error: the first is the message, the rest follow in its hint. */
export class ConfigError extends UsageError {
  override name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const [first, ...rest] = problems;
    const more = rest.map((problem) => `also: ${problem.message} (${problem.where})`);
    const hint = [first?.hint, ...more].filter((line) => line !== undefined).join("\n");
    super(first?.message ?? "the configuration is wrong", hint === "" ? undefined : hint, first?.where);
    this.problems = problems;
  }
}

/** A key that no section has, or a section that does not exist. */
export function unknownKey(path: readonly string[], where: string): Problem {
  const name = path.at(-1) ?? "";
  const section = path.length > 1 ? path[0] : undefined;
  const known = section === undefined ? sectionNames : fields.filter((f) => f.section === section).map((f) => f.key);
  const near = closest(name, known);
  const elsewhere = fields.find((field) => field.key === name);
  const guess = near
    ? `did you mean "${section ? `${section}.` : ""}${near}"?`
    : elsewhere
      ? `did you mean "${elsewhere.path}"?`
      : `known: ${known.join(", ")}`;
  const what = section === undefined ? "section" : "key";
  return { key: path.join("."), message: `unknown ${what} "${path.join(".")}"`, where, hint: guess };
}

/** One valibot issue in our words. `whereOf` names the layer that the value came from. */
export function problemOf(issue: v.BaseIssue<unknown>, whereOf: (path: string) => string): Problem {
  const path = (issue.path ?? []).map((item) => String(item.key));
  const key = path.slice(0, 2).join(".");
  const where = whereOf(key);
  if (issue.type === "strict_object" && issue.expected === "never") return unknownKey(path, where);
  const field = fields.find((candidate) => candidate.path === key);
  const shown = JSON.stringify(issue.input) ?? "nothing";
  if (!field) {
    return { key, message: `${key || "the file"} must be a section with keys, not ${shown}`, where, hint: undefined };
  }
  if (issue.kind === "validation") {
    const message = `${key} cannot be ${shown}${limitText(issue)}`;
    return { key, message, where, hint: `it takes ${expectedText(field)}` };
  }
  const choices = field.choices ?? field.itemChoices;
  const near = choices && closest(String(issue.input), choices);
  return {
    key,
    message: `${key} must be ${expectedText(field)}, not ${shown}`,
    where,
    hint: near ? `did you mean "${near}"?` : field.description,
  };
}

function limitText(issue: v.BaseIssue<unknown>): string {
  if (issue.type === "min_value") return `: at least ${issue.requirement}`;
  return issue.type === "max_value" ? `: at most ${issue.requirement}` : "";
}
