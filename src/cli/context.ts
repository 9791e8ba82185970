/** What a command is given: its arguments, its settings, and where it may write. */
import type { CommandContext } from "citty";
import { type Layer, loadSettings } from "../config/load.ts";
import { projectToFill, requireProject } from "../config/project.ts";
import type { Settings } from "../config/schema.ts";
import type { Project } from "../core/project.ts";
import { newRunId } from "../core/run-id.ts";
import { type Args, VALUE_END } from "./definition.ts";
import { givenSettings } from "./settings.ts";
import { type Terminal, terminalOf } from "./ui/terminal.ts";

export interface Context {
  readonly positionals: readonly string[];
  readonly json: boolean;
  readonly quiet: boolean;
  readonly cwd: string;
  /** The value of `--project`. */
  readonly projectFlag: string | undefined;
  /** Settings that were given as flags. */
  readonly given: Layer;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Name of this run, as its log has it. */
  readonly run: string;
  /** What the log's last line says of the run: a command puts its counts here. */
  readonly counts: Record<string, unknown>;
  /** Whether a switch of the command was given. */
  has(flag: string): boolean;
  /** The value of a flag of the command. */
  value(flag: string): string | undefined;
  /** All values of a flag that may be given several times. */
  values(flag: string): string[];
  /** The project; an error with the next step when there is none. */
  project(): Project;
  /** The project, or the place where one will be. */
  projectToFill(): Project;
  /** Settings of all layers for a project, or for none. */
  settings(project: Project | null): Promise<Settings>;
}

export function contextOf({ args, cmd }: CommandContext<Args>): Context {
  const value = (flag: string) => {
    const text: unknown = args[flag];
    return typeof text === "string" ? text : undefined;
  };
  const has = (flag: string) => args[flag] === true;
  const cwd = process.cwd();
  const projectFlag = value("project");
  const color = args.color as boolean | undefined;
  const given = givenSettings(cmd.args as Args, args);
  return {
    positionals: args._,
    json: has("json"),
    quiet: has("quiet"),
    cwd,
    projectFlag,
    given,
    stdout: terminalOf("stdout", color),
    stderr: terminalOf("stderr", color),
    run: newRunId(),
    counts: {},
    has,
    value,
    values: (flag) => value(flag)?.split(VALUE_END) ?? [],
    project: () => requireProject(cwd, projectFlag),
    projectToFill: () => projectToFill(cwd, projectFlag),
    settings: async (project) => {
      const request = { projectDir: project?.dir ?? null, flags: given, env: process.env };
      return (await loadSettings(request)).settings;
    },
  };
}
