/** What a verb of `mdp data` is about: the project's tables, or a folder that `curate`, `dedup` or `shard` filled. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { locateProject, requireProject } from "../../../config/project.ts";
import { type Project, tablesDir } from "../../../core/project.ts";
import { TABLE } from "../../../store/schema.ts";
import { tableNames } from "../../../store/table.ts";
import { DEFAULT_ENGINE } from "../../engines/config.ts";
import { layoutOf } from "../../prepare/layout.ts";

export type Subject = { tables: Project; word: string | undefined } | { folder: string };

/**
 * No word means the tables. A word is an output where a folder of that name holds one, else a table or an engine with
 * a table, else a folder again, for the error that says what is wrong with it.
 *
 * @throws MdpError `no-project` without a word where there is no project
 */
export function subjectOf(word: string | undefined, cwd: string, projectFlag: string | undefined): Subject {
  if (word === undefined) return { tables: requireProject(cwd, projectFlag), word };
  if (isOutput(resolve(cwd, word))) return { folder: word };
  const project = locateProject(cwd, projectFlag);
  const names = project ? tableNames(tablesDir(project)) : [];
  const isTable = names.includes(word) || (word === DEFAULT_ENGINE && names.includes(TABLE));
  return project && isTable ? { tables: project, word } : { folder: word };
}

/** Whether a folder holds an output, or the beginning of one. */
export function isOutput(dir: string): boolean {
  const layout = layoutOf(dir);
  return existsSync(layout.manifest) || existsSync(layout.plan);
}
