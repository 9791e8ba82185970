/** The journal of a restore: what is to be done, written before anything is, so that a killed one is completed. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../../core/new-file.ts";
import { type Project, RESTORE_JOURNAL } from "../../../core/project.ts";
import type { MomentTable } from "./moments.ts";

export interface Journal {
  id: string;
  /** When it began, ISO 8601. */
  time: string;
  /** What was asked for, as people name it. */
  to: string;
  /** The tag whose copy of the state is taken; null when the tables' rows tell. */
  tag: string | null;
  /** `from`: the version that it had; 0 for a table that was not there. */
  tables: (Pick<MomentTable, "name" | "engine" | "calls" | "version"> & { from: number })[];
}

const journalPath = ({ stateDir }: Pick<Project, "stateDir">) => join(stateDir, RESTORE_JOURNAL);

/** One line for each restore that was completed. */
export const restoresPath = ({ stateDir }: Project): string => join(stateDir, "restores.jsonl");

export function hasJournal(project: Pick<Project, "stateDir">): boolean {
  return existsSync(journalPath(project));
}

export function readJournal(project: Project): Journal | undefined {
  return hasJournal(project) ? (JSON.parse(readFileSync(journalPath(project), "utf8")) as Journal) : undefined;
}

export const writeJournal = (project: Project, journal: Journal): Promise<void> =>
  writeWhole(journalPath(project), `${JSON.stringify(journal, null, 2)}\n`);

export function removeJournal(project: Project): void {
  rmSync(journalPath(project), { force: true });
}
