/** Finds the project that a command works on, or makes one. */
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { MdpError, messageOf, UsageError } from "../core/errors.ts";
import { type Project, projectAt } from "../core/project.ts";
import { FILE_NAME } from "./file.ts";

/** The nearest folder, from `start` upwards, with `.mdp/` or `mdp.yaml`; null when there is none. */
export function findProject(start: string): Project | null {
  for (let dir = resolve(start); ; dir = dirname(dir)) {
    if (isFolder(join(dir, ".mdp")) || existsSync(join(dir, FILE_NAME))) return projectAt(dir);
    if (dirname(dir) === dir) return null;
  }
}

/** The project of `--project DIR`, else the nearest; null when neither is there. */
export function locateProject(cwd: string, explicit: string | undefined): Project | null {
  if (explicit === undefined) return findProject(cwd);
  const dir = resolve(cwd, explicit);
  if (existsSync(dir) && !isFolder(dir)) throw new UsageError(`--project "${explicit}" is not a folder`);
  return isFolder(join(dir, ".mdp")) || existsSync(join(dir, FILE_NAME)) ? projectAt(dir) : null;
}

/** The project of a command that only reads: an error with the next step when nothing was ingested yet. */
export function requireProject(cwd: string, explicit: string | undefined): Project {
  const project = locateProject(cwd, explicit);
  if (project && isFolder(project.stateDir)) return project;
  const flag = explicit === undefined ? "" : ` --project ${explicit}`;
  throw new MdpError({
    code: "no-project",
    message: project
      ? "nothing has been ingested into this project yet"
      : explicit === undefined
        ? "no project here: neither this folder nor one above it has .mdp/ or mdp.yaml"
        : `no project in "${explicit}": it has neither .mdp/ nor mdp.yaml`,
    where: project?.dir ?? resolve(cwd, explicit ?? "."),
    hint: `mdp ingest <folder>${flag} reads a folder and makes the project`,
  });
}

/** The project of `ingest`: what is there, else the current folder or `--project DIR`, where nothing is made yet. */
export function projectToFill(cwd: string, explicit: string | undefined): Project {
  return locateProject(cwd, explicit) ?? projectAt(resolve(cwd, explicit ?? "."));
}

/** Makes `.mdp/` where it is missing. */
export function createProject(project: Project): void {
  if (isFolder(project.stateDir)) return;
  try {
    mkdirSync(project.stateDir, { recursive: true });
    // What is inside can always be made again from the sources, so it stays out of the user's commits.
    writeFileSync(join(project.stateDir, ".gitignore"), "*\n");
  } catch (error) {
    throw new MdpError({
      code: "project-not-writable",
      message: `cannot make the project folder: ${messageOf(error)}`,
      where: project.stateDir,
      hint: "choose a folder that you may write to with --project DIR",
      cause: error,
    });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
