/**
 * Strict parsing of a command's arguments. `node:util` cuts them into tokens; here every token must be known, have
 * the value that it needs, and be on the right side of it. Texts become values of their setting's type.
 */
import { parseArgs as tokenize } from "node:util";
import type { Given } from "../config/load.ts";
import { fromText } from "../config/values.ts";
import { UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";
import type { Command } from "./command.ts";
import { type Flag, flagsOf, spelling } from "./flags.ts";

export interface ParsedArgs {
  positionals: string[];
  /** Switches and values of flags that are not settings, by name. */
  flags: ReadonlyMap<string, string | boolean>;
  /** Settings by `section.key`. */
  settings: ReadonlyMap<string, Given>;
}

/**
 * @param words the command as typed, for messages: `config show`
 * @throws UsageError for an unknown flag, a missing value, or too few or many arguments
 */
export function parseCommandArgs(words: string, command: Command, argv: readonly string[]): ParsedArgs {
  const flags = flagsOf(command);
  const positionals: string[] = [];
  const values = new Map<string, string | boolean>();
  const settings = new Map<string, Given>();
  for (const token of tokensOf(flags, argv)) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { flag, negated } = findFlag(words, flags, token);
    const text = textOf(flag, token, negated);
    if (flag.field === undefined) values.set(flag.name!, flag.takesValue ? text : !negated);
    else giveSetting(settings, flag, { text: negated ? "false" : text, from: token.rawName });
  }
  checkPositionals(words, command, positionals);
  return { positionals, flags: values, settings };
}

type Token = NonNullable<ReturnType<typeof tokenize>["tokens"]>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

function tokensOf(flags: readonly Flag[], argv: readonly string[]): Token[] {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const flag of flags) {
    const type = flag.takesValue ? "string" : "boolean";
    options[flag.name ?? flag.short!] = { type, ...(flag.short === undefined ? {} : { short: flag.short }) };
  }
  return tokenize({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true }).tokens ?? [];
}

function findFlag(words: string, flags: readonly Flag[], token: OptionToken): { flag: Flag; negated: boolean } {
  const long = token.rawName.startsWith("--");
  const flag = flags.find((candidate) =>
    long ? candidate.name === token.name : candidate.short !== undefined && token.rawName === `-${candidate.short}`,
  );
  if (flag) return { flag, negated: false };
  const positive = long && token.name.startsWith("no-") ? token.name.slice(3) : undefined;
  const negated = flags.find((candidate) => candidate.negatable && candidate.name === positive);
  if (negated) return { flag: negated, negated: true };
  const names = flags.flatMap((candidate) => [
    ...(candidate.name ? [`--${candidate.name}`] : []),
    ...(candidate.negatable ? [`--no-${candidate.name}`] : []),
  ]);
  const near = long ? closest(token.rawName, names) : undefined;
  const text = /^-\d/.test(token.rawName) || !long ? "; put -- before a text that begins with a dash" : "";
  throw new UsageError(
    `unknown flag ${token.rawName} of mdp ${words}`,
    near ? `did you mean ${near}?` : `mdp ${words} --help lists the flags${text}`,
  );
}

/** The text of a flag's value, "true" for a switch. */
function textOf(flag: Flag, token: OptionToken, negated: boolean): string {
  const name = token.rawName;
  if (!flag.takesValue || negated) {
    if (!token.inlineValue) return flag.sets ?? "true";
    const isSetting = flag.sets === undefined && flag.field !== undefined && !negated;
    if (isSetting && /^(true|false|0|1)$/i.test(token.value)) return token.value;
    throw new UsageError(`${name} takes no value, but was given "${token.value}"`);
  }
  if (token.value === undefined) throw new UsageError(`${name} needs a value`, `write ${name} VALUE or ${name}=VALUE`);
  // `-k=5` is meant as `-k 5`.
  if (token.inlineValue) return name.startsWith("--") ? token.value : token.value.replace(/^=/, "");
  // A dash and a letter after a flag is the next flag, not this one's value; numbers and `-` itself are values.
  if (/^--?[a-z]/i.test(token.value)) {
    throw new UsageError(
      `${name} needs a value, but ${token.value} is a flag`,
      `if it is the value, write ${spelling(flag)}=${token.value}`,
    );
  }
  return token.value;
}

/** A list collects, another setting takes the last; two different spellings that disagree are a mistake. */
function giveSetting(settings: Map<string, Given>, flag: Flag, given: { text: string; from: string }): void {
  const field = flag.field!;
  const value = fromText(field, given.text);
  const before = settings.get(field.path);
  if (field.type === "array" && before) {
    settings.set(field.path, { value: [...(before.value as string[]), ...(value as string[])], from: given.from });
    return;
  }
  if (before && before.from !== given.from && before.value !== value && flag.sets !== undefined) {
    throw new UsageError(`${before.from} and ${given.from} contradict each other`, `keep one of them`);
  }
  settings.set(field.path, { value, from: given.from });
}

function checkPositionals(words: string, { positionals: wanted }: Command, given: readonly string[]): void {
  const missing = wanted.find((positional, index) => positional.required && given[index] === undefined);
  if (missing) {
    throw new UsageError(
      `mdp ${words} needs <${missing.name}>: ${missing.summary}`,
      `mdp ${words} --help has examples`,
    );
  }
  if (given.length <= wanted.length || wanted.at(-1)?.repeated) return;
  const extra = given[wanted.length]!;
  throw new UsageError(
    `mdp ${words} takes ${wanted.length === 0 ? "no argument" : wanted.length === 1 ? "one argument" : `${wanted.length} arguments`}, but was also given "${extra}"`,
    wanted.length === 1 ? "quote a text of several words" : `mdp ${words} --help has examples`,
  );
}
