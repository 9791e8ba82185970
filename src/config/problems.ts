/** What is wrong with a configuration: every problem at once, each with its place and the way out. */
import type * as v from "valibot";
import { UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";
import { fields, placeAt } from "./fields.ts";
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
  const around = path.slice(0, -1);
  const known = placeAt(around).keys ?? [];
  const near = closest(name, known);
  const elsewhere = fields.find((field) => field.key === name);
  const guess = near
    ? `did you mean "${[...around, near].join(".")}"?`
    : elsewhere
      ? `did you mean "${elsewhere.path}"?`
      : `known: ${known.join(", ")}`;
  const what = around.length === 0 ? "section" : "key";
  return { key: path.join("."), message: `unknown ${what} "${path.join(".")}"`, where, hint: guess };
}

/** One valibot issue in our words. `whereOf` names the layer that the value came from. */
export function problemOf(issue: v.BaseIssue<unknown>, whereOf: (path: string) => string): Problem {
  const whole = (issue.path ?? []).map((item) => String(item.key));
  if (issue.type === "strict_object" && issue.expected === "never") {
    return unknownKey(whole, whereOf(whole.join(".")));
  }
  const place = placeAt(whole);
  const key = place.path.join(".");
  const where = whereOf(key);
  const shown = JSON.stringify(issue.input) ?? "nothing";
  if (issue.path?.at(-1)?.origin === "key") {
    const hint = "a name has at most 40 small letters, digits, - and _, and begins with a letter";
    return { key, message: `${shown} cannot be a name in ${place.path.slice(0, -1).join(".")}`, where, hint };
  }
  const { value } = place;
  if (!value) {
    return { key, message: `${key || "the file"} must be a section with keys, not ${shown}`, where, hint: undefined };
  }
  if (issue.kind === "validation") {
    const message = `${key} cannot be ${shown}${limitText(issue)}`;
    return { key, message, where, hint: `it takes ${expectedText(value)}` };
  }
  const choices = value.choices ?? value.itemChoices;
  const near = choices && closest(String(issue.input), choices);
  return {
    key,
    message: `${key} must be ${expectedText(value)}, not ${shown}`,
    where,
    hint: near ? `did you mean "${near}"?` : value.description,
  };
}

const LIMITS: Readonly<Record<string, string>> = {
  min_value: "at least",
  max_value: "at most",
  gt_value: "above",
  lt_value: "below",
};

function limitText(issue: v.BaseIssue<unknown>): string {
  const limit = LIMITS[issue.type];
  return limit === undefined ? "" : `: ${limit} ${issue.requirement}`;
}
