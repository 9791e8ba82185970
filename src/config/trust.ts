/**
 * Which commands of a project's `mdp.yaml` the user allows to run, and which endpoints to send texts to. A cloned folder
 * may bring such a file, so what was allowed is kept outside of it: by the project's place, with a hash of the commands,
 * of the files that they name, and of the endpoints.
 */
import { mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { allInOrder } from "../core/all-in-order.ts";
import { MdpError, messageOf } from "../core/errors.ts";
import { sha256, sha256File } from "../core/hash.ts";
import { writeWhole } from "../core/new-file.ts";
import { userStateDir } from "../core/state-dir.ts";
import { endpointsOf, type NamedEndpoint } from "./endpoints.ts";
import { readConfigFile } from "./file.ts";
import type { Settings } from "./schema.ts";

export interface NamedCommand {
  /** `formats.tickets`. */
  name: string;
  command: readonly string[];
}

export interface Trust {
  /** What the settings would run. */
  commands: NamedCommand[];
  /** Where the file would have texts sent to. */
  endpoints: NamedEndpoint[];
  /** There is nothing to trust. */
  empty: boolean;
  /** Files of the project that the commands name, with what is in them now. */
  files: { path: string; sha256: string }[];
  /** Of all of that. */
  hash: string;
  /** Whether exactly that was allowed here. */
  trusted: boolean;
  /** Whether something else was allowed here before. */
  changed: boolean;
}

type CommandSections = Pick<Settings, "formats" | "sources">;

/** What would run in a project and be sent from it, and whether the user has allowed it. */
export async function trustOf(projectDir: string, settings: CommandSections): Promise<Trust> {
  const commands = (["formats", "sources"] as const).flatMap((section) =>
    Object.entries(settings[section]).map(([name, { command }]) => ({ name: `${section}.${name}`, command })),
  );
  const files = await filesOf(projectDir, commands);
  const endpoints = endpointsOf((await readConfigFile(projectDir))?.value);
  const told = [settings.formats, settings.sources, files, ...(endpoints.length > 0 ? [endpoints] : [])];
  const hash = sha256(JSON.stringify(told));
  const allowed = readAllowed()[placeOf(projectDir)];
  const empty = commands.length === 0 && endpoints.length === 0;
  const trusted = empty || allowed === hash;
  return { commands, endpoints, empty, files, hash, trusted, changed: !trusted && allowed !== undefined };
}

/** Allows what `trustOf` found. */
export async function grantTrust(projectDir: string, { hash }: Trust): Promise<void> {
  await writeAllowed({ ...readAllowed(), [placeOf(projectDir)]: hash });
}

/** Takes back what was allowed; false when nothing was. */
export async function revokeTrust(projectDir: string): Promise<boolean> {
  const { [placeOf(projectDir)]: had, ...rest } = readAllowed();
  if (had !== undefined) await writeAllowed(rest);
  return had !== undefined;
}

/** The error for commands that may not run, and for endpoints that no text may go to. */
export function notTrusted({ commands, endpoints, changed }: Trust, where: string): MdpError {
  const names = [...commands, ...endpoints].map(({ name }) => name).join(", ");
  const what = commands.length === 0 ? "endpoints" : endpoints.length === 0 ? "commands" : "commands and endpoints";
  return new MdpError({
    code: "not-trusted",
    message: changed
      ? `the ${what} of mdp.yaml (${names}), or files that they name, have changed since they were trusted`
      : `mdp.yaml names ${what} (${names}) that are not trusted on this machine`,
    where,
    hint: "mdp trust --show lists what would run and be sent; mdp trust allows it",
  });
}

/** Arguments that are files of the project: scripts, whose content matters as much as the command. */
async function filesOf(projectDir: string, commands: readonly NamedCommand[]): Promise<Trust["files"]> {
  const paths = new Set<string>();
  for (const argument of commands.flatMap(({ command }) => command)) {
    const path = resolve(projectDir, argument);
    const inside = relative(projectDir, path);
    if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) continue;
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) paths.add(inside);
  }
  return allInOrder(
    [...paths].sort().map(async (path) => ({ path, sha256: await sha256File(join(projectDir, path)) })),
  );
}

type Allowed = Record<string, string>;

function placeOf(projectDir: string): string {
  try {
    return realpathSync(projectDir);
  } catch {
    return resolve(projectDir);
  }
}

function fileOfTrust(): string {
  return join(userStateDir(), "trust.json");
}

/** Hashes by project folder. A file that cannot be read allows nothing. */
function readAllowed(): Allowed {
  try {
    const { projects } = JSON.parse(readFileSync(fileOfTrust(), "utf8")) as { projects?: unknown };
    if (typeof projects !== "object" || projects === null) return {};
    return Object.fromEntries(
      Object.entries(projects).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {};
  }
}

async function writeAllowed(projects: Allowed): Promise<void> {
  const path = fileOfTrust();
  try {
    mkdirSync(userStateDir(), { recursive: true, mode: 0o700 });
  } catch (cause) {
    const hint = "make it writable, or set XDG_STATE_HOME to another folder";
    throw new MdpError({ code: "state-dir", message: messageOf(cause), where: userStateDir(), hint, cause });
  }
  await writeWhole(path, `${JSON.stringify({ projects }, null, 2)}\n`);
}
