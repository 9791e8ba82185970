/** Finds a command by its words in citty's tree, and says what was probably meant when there is none. */
import { UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";
import { type Command, type Group, takesValue } from "./definition.ts";

/** A command, or the group in which the words end, with all arguments that are not its words. */
export type Found = { words: string[]; rest: string[] } & (
  | { command: Command; group?: never; siblings?: Group }
  | { command?: never; group: Group }
);

/**
 * Walks citty's lazy subcommands as `runCommand` does, flags before and between the words passed over. citty keeps its
 * own walk to itself, and loses in it what is needed here: those flags, the command's result, and the words.
 *
 * @throws UsageError for a word that names no command
 */
export async function findCommand(root: Group, argv: readonly string[]): Promise<Found> {
  const words: string[] = [];
  const passed: string[] = [];
  let group = root;
  let passedBefore = 0;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === "--") return end(words, [...passed, ...argv.slice(i)], group);
    if (word.startsWith("-")) {
      const arg = root.args[word.replace(/^--/, "")];
      passed.push(word, ...(arg && takesValue(arg) ? argv.slice(++i, i + 1) : []));
      continue;
    }
    if (words.length === 0 && word === "help") {
      passed.push("--help");
      continue;
    }
    // Behind a flag, a word may be its value.
    const direct = !group.fallback || passed.length === passedBefore;
    const next = direct && Object.hasOwn(group.subCommands, word) ? group.subCommands[word]! : undefined;
    if (!next && group.fallback) return end(words, [...passed, ...argv.slice(i)], group);
    if (!next) throw unknownCommand(word, words, group);
    words.push(word);
    if (typeof next === "function") return { words, rest: [...passed, ...argv.slice(i + 1)], command: await next() };
    group = next;
    passedBefore = passed.length;
  }
  return end(words, passed, group);
}

/** What the words name: the group, or the command that stands for it. */
async function end(words: string[], rest: string[], group: Group): Promise<Found> {
  if (!group.fallback) return { words, rest, group };
  return { words, rest, command: await group.fallback(), siblings: group };
}

function unknownCommand(name: string, words: readonly string[], group: Group): UsageError {
  const known = [...Object.keys(group.subCommands), ...(words.length === 0 ? ["help"] : [])];
  const near = closest(name, known);
  const program = ["mdp", ...words].join(" ");
  return new UsageError(
    `unknown command "${[...words, name].join(" ")}"`,
    near ? `did you mean ${program} ${near}?` : `${program} has: ${known.join(", ")}`,
  );
}
