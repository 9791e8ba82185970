/**
 * What citty lets pass, refused before it parses: unknown flags, flags without their value, too few or too many
 * arguments. citty keeps one value per flag and takes any `--no-x`, so arguments also get one plain spelling here:
 * `--flag=value`, `--switch` or `--no-switch`, each once, then `--` and the positional arguments.
 */
import { parseArgs as tokenize } from "node:util";
import { UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";
import { type Arg, type Args, isFlag, isNegatable, shortOf, takesValue, VALUE_END } from "./definition.ts";

/**
 * @param program the command as typed, for messages: `mdp config show`
 * @returns arguments that citty reads as they are meant
 * @throws UsageError that says what was probably meant
 */
export function strictArgs(program: string, args: Args, argv: readonly string[]): string[] {
  const flags = Object.entries(args).filter(([, arg]) => isFlag(arg));
  const positionals: string[] = [];
  const given = new Map<string, Value>();
  let last: { name: string; arg: Arg } | undefined;
  for (const token of tokensOf(flags, argv)) {
    if (token.kind === "positional") {
      if (last?.arg.takesWords) give(given, last.name, last.arg, { text: token.value, by: last.name });
      else positionals.push(token.value);
      continue;
    }
    last = undefined;
    if (token.kind !== "option") continue;
    const { name, arg, negated } = findFlag(program, flags, token);
    last = { name, arg };
    if (negated && token.inlineValue) throw takesNone(token);
    const text = negated ? "false" : textOf(arg, token);
    const { flag, value } = arg.standsFor ?? { flag: name, value: text };
    give(given, flag, args[flag]!, { text: value, by: name });
  }
  checkPositionals(program, args, positionals);
  const plain = [...given].map(([name, { text }]) => plainFlag(name, args[name]!, text));
  return [...plain, "--", ...positionals];
}

interface Value {
  text: string;
  /** The flag that was typed, when another one stands for it. */
  by: string;
}

type Flags = readonly (readonly [name: string, arg: Arg])[];
type Token = NonNullable<ReturnType<typeof tokenize>["tokens"]>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

/** The tokenizer that citty parses with too. */
function tokensOf(flags: Flags, argv: readonly string[]): Token[] {
  const options = Object.fromEntries(
    flags.map(([name, arg]) => {
      const short = shortOf(arg);
      const type = takesValue(arg) ? ("string" as const) : ("boolean" as const);
      return [name, { type, ...(short === undefined ? {} : { short }) }];
    }),
  );
  return tokenize({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true }).tokens ?? [];
}

function findFlag(program: string, flags: Flags, token: OptionToken): { name: string; arg: Arg; negated: boolean } {
  const { rawName } = token;
  const long = rawName.startsWith("--");
  for (const [name, arg] of flags) {
    if (long ? rawName === `--${name}` : rawName === `-${shortOf(arg)}`) return { name, arg, negated: false };
    if (isNegatable(arg) && rawName === `--no-${name}`) return { name, arg, negated: true };
  }
  const names = flags.flatMap(([name, arg]) => [`--${name}`, ...(isNegatable(arg) ? [`--no-${name}`] : [])]);
  const near = long ? closest(rawName, names) : undefined;
  const text = long ? "" : "; put -- before a text that begins with a dash";
  throw new UsageError(
    `unknown flag ${rawName} of ${program}`,
    near ? `did you mean ${near}?` : `${program} --help lists the flags${text}`,
  );
}

/** The text of a flag's value, "true" for a switch. */
function textOf(arg: Arg, token: OptionToken): string {
  const { rawName, value } = token;
  if (!takesValue(arg)) {
    if (!token.inlineValue) return "true";
    if (arg.field && /^(true|1)$/i.test(value!)) return "true";
    if (arg.field && /^(false|0)$/i.test(value!)) return "false";
    throw takesNone(token);
  }
  if (value === undefined)
    throw new UsageError(`${rawName} needs a value`, `write ${rawName} VALUE or ${rawName}=VALUE`);
  // `-k=5` is meant as `-k 5`.
  if (token.inlineValue) return rawName.startsWith("--") ? value : value.replace(/^=/, "");
  // A dash and a letter after a flag is the next flag, not this one's value; numbers and `-` itself are values.
  if (/^--?[a-z]/i.test(value)) {
    throw new UsageError(
      `${rawName} needs a value, but ${value} is a flag`,
      `if it is the value, write --${token.name}=${value}`,
    );
  }
  return value;
}

function takesNone({ rawName, value }: OptionToken): UsageError {
  return new UsageError(`${rawName} takes no value, but was given "${value}"`);
}

/** A list collects, another flag takes the last; two spellings that disagree are a mistake. */
function give(given: Map<string, Value>, flag: string, arg: Arg, value: Value): void {
  const before = given.get(flag);
  if (before && before.by !== value.by && before.text !== value.text) {
    throw new UsageError(`--${before.by} and --${value.by} contradict each other`, "keep one of them");
  }
  const collected = [before?.text, value.text].filter(Boolean).join(arg.several ? VALUE_END : ",");
  given.set(flag, arg.several || arg.field?.type === "array" ? { ...value, text: collected } : value);
}

function plainFlag(name: string, arg: Arg, text: string): string {
  if (takesValue(arg)) return `--${name}=${text}`;
  return text === "true" ? `--${name}` : `--no-${name}`;
}

function checkPositionals(program: string, args: Args, given: readonly string[]): void {
  const wanted = Object.entries(args).filter(([, arg]) => !isFlag(arg));
  const missing = wanted.find(([, arg], index) => arg.required && given[index] === undefined);
  if (missing) {
    const [name, { description }] = missing;
    throw new UsageError(`${program} needs <${name}>: ${description}`, `${program} --help has examples`);
  }
  if (given.length <= wanted.length || wanted.at(-1)?.[1].repeated) return;
  const count = ["no argument", "one argument"][wanted.length] ?? `${wanted.length} arguments`;
  throw new UsageError(
    `${program} takes ${count}, but was also given "${given[wanted.length]}"`,
    wanted.length === 1 ? "quote a text of several words" : `${program} --help has examples`,
  );
}
