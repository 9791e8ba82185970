/** What a command is: data for the parser and the help, and one function that calls a pipeline and prints. */
import type { SectionName } from "../config/schema.ts";
import type { Context } from "./context.ts";

export interface Positional {
  name: string;
  summary: string;
  required?: boolean;
  /** Takes all that follow. */
  repeated?: boolean;
}

/** A flag that is not a setting. */
export interface CommandFlag {
  /** Without dashes. */
  name: string;
  short?: string;
  /** Placeholder of its value in the help; absent for a switch. */
  value?: string;
  summary: string;
}

/** Another spelling of a setting's flag. */
export interface FieldAlias {
  /** Without dashes; absent when there is only a short one. */
  name?: string;
  short?: string;
  /** `section.key`. */
  field: string;
  /** The value that the flag stands for; absent when it takes one as the setting's own flag does. */
  sets?: string;
}

export interface Example {
  command: string;
  summary: string;
}

export interface Command {
  summary: string;
  positionals: readonly Positional[];
  /** Sections of the configuration whose settings are flags here. */
  sections: readonly SectionName[];
  flags?: readonly CommandFlag[];
  aliases?: readonly FieldAlias[];
  examples: readonly Example[];
  /** Does the work and returns the exit code. */
  run(context: Context): Promise<number>;
}

export function defineCommand(command: Command): Command {
  return command;
}
