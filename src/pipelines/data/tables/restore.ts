/**
 * Takes tables back to an earlier state, and what the project knows of its files with them.
 *
 * In this order: a journal of what is to be done; the state, in one transaction; the tables; the journal goes. Each step
 * may be repeated, so that a run that was killed is completed by the next command.
 */
import { appendFileSync } from "node:fs";
import { MdpError, messageOf, UsageError } from "../../../core/errors.ts";
import { type Project, tablesDir } from "../../../core/project.ts";
import { Listing } from "../../../manifest/listing.ts";
import { lockProject } from "../../../manifest/lock.ts";
import { Rewind, type RewoundTable } from "../../../manifest/rewind.ts";
import { State } from "../../../manifest/state.ts";
import { TableHistory } from "../../../store/history.ts";
import { hasTable } from "../../../store/table.ts";
import { copyVersion } from "../../../store/table-copy.ts";
import { writeRejects } from "../../ingest/rejects.ts";
import type { Restored } from "./log.ts";
import { endOf, type Moment, momentOf } from "./moments.ts";
import { type OpenTable, openHistories } from "./open.ts";
import { hasJournal, type Journal, readJournal, removeJournal, restoresPath, writeJournal } from "./restore-journal.ts";
import { noRows, storedRows } from "./rows.ts";
import { tagFolder, tagTablesDir } from "./tags.ts";

export interface RestoreReport {
  /** What the tables were taken back to. */
  to: string;
  tables: { name: string; engine: string; from: number; to: number | null; version: number; rows: number }[];
  files: number;
  documents: number;
  chunks: number;
  /** A restore that was cut off earlier and was completed first. */
  completed: string | null;
}

/**
 * @param word a tag, a run, or `TABLE@VERSION`
 * @throws UsageError, MdpError `version-pruned`, `version-unsettled`, `document-elsewhere`, `project-locked`
 */
export async function restoreTables(project: Project, word: string): Promise<RestoreReport> {
  using _lock = lockProject(project.stateDir, "data restore");
  const completed = await finish(project);
  const journal = await begin(project, word);
  await writeJournal(project, journal);
  const done = await finish(project);
  return { ...done!, completed: completed?.to ?? null };
}

/**
 * Completes a restore that was cut off, unless somebody is at work.
 *
 * @returns what the tables were taken back to; undefined when there was nothing to do
 */
export async function completeRestore(project: Project): Promise<string | undefined> {
  if (!hasJournal(project)) return undefined;
  let lock: Disposable;
  try {
    lock = lockProject(project.stateDir, "data restore");
  } catch (error) {
    if (error instanceof MdpError && error.code === "project-locked") return undefined;
    throw error;
  }
  using _lock = lock;
  return (await finish(project))?.to;
}

/** The same for who holds the project's lock. */
export async function completeLocked(project: Project): Promise<void> {
  if (hasJournal(project)) await finish(project);
}

async function begin(project: Project, word: string): Promise<Journal> {
  await using tables = await openHistories(project);
  const moment = momentOf(project, tables.all, word);
  if (moment.kind === "now")
    throw new UsageError("the tables are as they are now", "name a tag, a run or TABLE@VERSION");
  const states = moment.kind === "version" ? withExecutions(project, moment, tables.all) : moment.tables;
  for (const { name, version, dir } of states) {
    if (version === null || (await keeps(dir, name, version))) continue;
    throw new MdpError({
      code: "version-pruned",
      message: `version ${version} of the table "${name}" is not there any more`,
      where: dir,
      hint: "mdp data log lists what is kept",
    });
  }
  const open = new Map(tables.all.map((table) => [table.name, table]));
  const [first] = states;
  if (moment.kind === "version") await refuseElsewhere(project, first!.engine, open.get(first!.name)!, first!.version!);
  return {
    id: crypto.randomUUID(),
    time: new Date().toISOString(),
    to: moment.name,
    tag: moment.kind === "tag" ? moment.name : null,
    tables: states.map(({ name, engine, calls, version }) => {
      return { name, engine, calls, version, from: open.get(name)?.versions.at(-1)?.version ?? 0 };
    }),
  };
}

/** Whether a store's folder has a version of a table. */
async function keeps(dir: string, name: string, version: number): Promise<boolean> {
  if (!hasTable(dir, name)) return false;
  await using history = await TableHistory.open(dir, name);
  return (await history.versions()).some((each) => each.version === version);
}

/** A version of one table, with that of its executions; only such as a run ended with: others are half of something. */
function withExecutions(project: Project, { tables: [state] }: Moment, all: readonly OpenTable[]): Moment["tables"] {
  const { name, engine, version, calls } = state!;
  if (calls) throw new UsageError(`"${name}" goes with the table of its engine`, `name a version of ${engine}`);
  using listing = new Listing(project.stateDir);
  const runs = listing.runs();
  const { versions } = all.find((table) => table.name === name)!;
  const at = versions.find((each) => each.version === version)!;
  const run = runs.find((each) => at.time >= Date.parse(each.started) && at.time <= endOf(each, runs));
  const end = run ? endOf(run, runs) : at.time;
  const last = versions.findLast(({ time }) => time <= end)!;
  if (last.version !== version) {
    throw new MdpError({
      code: "version-unsettled",
      message: `version ${version} lies in the midst of a run, which ended with ${last.version}`,
      hint: `mdp data restore ${name}@${last.version}`,
    });
  }
  const beside = all.filter((table) => table.calls && table.engine === engine);
  return [
    state!,
    ...beside.map((table) => {
      const then = table.versions.findLast(({ time }) => time <= end);
      const { version: past = null, rows = 0 } = then ?? {};
      return { name: table.name, engine, calls: true, version: past, rows, dir: tablesDir(project) };
    }),
  ];
}

/** A document is in one table only. */
async function refuseElsewhere(
  project: Project,
  engine: string,
  { history }: OpenTable,
  version: number,
): Promise<void> {
  using rewind = new Rewind(project.stateDir);
  const documents = await rewind.elsewhere({ engine, before: storedRows(history, version) });
  if (documents.length === 0) return;
  throw new MdpError({
    code: "document-elsewhere",
    message: `${documents.length} documents of that version are in other tables now, such as ${documents[0]}`,
    hint: "take all tables back together: mdp data restore TAG or RUN",
  });
}

async function finish(project: Project): Promise<Omit<RestoreReport, "completed"> | undefined> {
  const journal = readJournal(project);
  if (!journal) return undefined;
  try {
    await rewindState(project, journal);
  } catch (error) {
    // One transaction that was not made: everything is as it was, and there is nothing to complete.
    removeJournal(project);
    throw error;
  }
  const done: RestoreReport["tables"] = [];
  for (const table of journal.tables) {
    const { name, engine, version, from } = table;
    const { now, rows } = await restored(project, journal, table);
    done.push({ name, engine, from, to: version, version: now, rows });
  }
  using state = new State(project.stateDir);
  await writeRejects(project.stateDir, state);
  const changed = done.map(({ name, from, version }) => ({ name, from, version }));
  const line: Restored = { time: new Date().toISOString(), to: journal.to, tables: changed };
  appendFileSync(restoresPath(project), `${JSON.stringify(line)}\n`);
  removeJournal(project);
  const { items: files, documents, chunks } = state.totals();
  return { to: journal.to, tables: done, files, documents, chunks };
}

async function restored(project: Project, { tag }: Journal, { name, version }: Journal["tables"][number]) {
  try {
    const dir = tablesDir(project);
    // A version that was pruned since comes back from the tag.
    if (tag !== null && version !== null) copyVersion(tagTablesDir(project, tag), dir, name, version);
    await using history = await TableHistory.open(dir, name);
    const now = version === null ? await history.clear() : await history.restore(version);
    return { now, rows: (await history.versions()).at(-1)!.rows };
  } catch (cause) {
    throw new MdpError({
      code: "restore-incomplete",
      message: `the table "${name}" could not be taken back: ${messageOf(cause)}`,
      hint: "the next command tries again; if it cannot succeed, move the .mdp folder away and ingest again",
      cause,
    });
  }
}

async function rewindState(project: Project, journal: Journal): Promise<void> {
  using rewind = new Rewind(project.stateDir);
  // Done before the tables were touched: their rows of now would not tell any more.
  if (rewind.isDone(journal.id)) return;
  if (journal.tag !== null) {
    try {
      rewind.toCopy(tagFolder(project, journal.tag), journal.id);
    } catch (cause) {
      throw new MdpError({
        code: "tag-damaged",
        message: `the copy of the state that belongs to the tag "${journal.tag}" cannot be used: ${messageOf(cause)}`,
        where: tagFolder(project, journal.tag),
        hint: "nothing was changed; take the tables back to a run or a version instead: mdp data log lists them",
        cause,
      });
    }
    return;
  }
  await using tables = await openHistories(project);
  const open = new Map(tables.all.map((table) => [table.name, table]));
  const passages = journal.tables.filter(({ calls }) => !calls);
  const rewound = passages.map(({ name, engine, version, from }): RewoundTable => {
    const { history } = open.get(name)!;
    const before = version === null ? noRows() : storedRows(history, version);
    return { engine, now: storedRows(history, from), before };
  });
  await rewind.toRows(rewound, journal.id);
}
