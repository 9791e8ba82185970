/** What is to be resolved: the tasks' signatures and how their documents are numbered, kept in a file for the jobs. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import type { DedupSettings } from "./config.ts";
import { RecordReader } from "./files/record-file.ts";
import { type ColumnName, madeWith, type SignatureMeta } from "./signatures.ts";

/** One task's signatures. */
export interface SignatureSource {
  path: string;
  documents: number;
  /** A bit for each document that an earlier run removed: it is as if it were not there (see `Resolution`). */
  removedPath?: string;
}

/**
 * Inside, documents are numbered by rank: those of `against` come first, then the run's own, each in the order of its
 * tasks. Outside, the run's own come first (0 to `documents`), those of `against` after them.
 */
export interface Plan {
  settings: DedupSettings;
  /** Documents of `against`, and of this run. */
  earlier: number;
  documents: number;
  /** Memory of one job. */
  jobBytes: number;
  /** In the order of ranks, those of `against` first. */
  sources: SignatureSource[];
  /** Size and time of each source's files: work on others is not taken up again. */
  stamps: string[];
}

const maxDocuments = 0xffff_fffe;

export function makePlan(
  settings: DedupSettings,
  tasks: SignatureSource[],
  against: SignatureSource[],
  parallel: number,
): Plan {
  const count = (sources: SignatureSource[]) => sources.reduce((sum, source) => sum + source.documents, 0);
  const sources = [...against, ...tasks];
  const plan: Plan = {
    settings,
    jobBytes: Math.floor(settings.memoryBytes / parallel),
    earlier: count(against),
    documents: count(tasks),
    sources,
    stamps: sources.map(({ path, removedPath }) => `${stampOf(path)} ${stampOf(removedPath)}`),
  };
  const all = plan.earlier + plan.documents;
  if (all > maxDocuments) {
    throw new MdpError({
      code: "too-many-documents",
      message: `copies can be found among at most ${maxDocuments} documents, these are ${all}`,
      hint: "split the corpus, and give the parts that are done as --against",
    });
  }
  return plan;
}

function stampOf(path: string | undefined): string {
  const stat = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.size}@${stat.mtimeMs}` : "-";
}

/** The rank that a document has inside, from its number outside, and back. */
export function toRank(plan: Plan, document: number): number {
  return document < plan.documents ? document + plan.earlier : document - plan.documents;
}
export function toDocument(plan: Plan, rank: number): number {
  return rank >= plan.earlier ? rank - plan.earlier : rank + plan.documents;
}

/** Puts the plan into `workDir`; what another plan left there is removed. */
export function savePlan(workDir: string, plan: Plan): void {
  const path = join(workDir, "plan.json");
  const text = JSON.stringify(plan);
  if (readIfThere(path) === text) return;
  rmSync(workDir, { recursive: true, force: true });
  mkdirSync(workDir, { recursive: true });
  writeFileSync(`${path}.${process.pid}.partial`, text);
  renameSync(`${path}.${process.pid}.partial`, path);
}

export function loadPlan(workDir: string): Plan {
  return JSON.parse(readFileSync(join(workDir, "plan.json"), "utf8")) as Plan;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Opens the signatures of a source; an error when they lack a column, or were made with other settings. */
export function openSource(
  source: SignatureSource,
  column: ColumnName,
  settings: DedupSettings,
): RecordReader<SignatureMeta> {
  const reader = new RecordReader<SignatureMeta>(source.path);
  const wanted = madeWith(column, settings);
  const made = reader.meta.made[column];
  if (made === wanted && reader.meta.documents === source.documents) return reader;
  reader.close();
  throw new MdpError({
    code: "signatures-differ",
    message:
      made === wanted
        ? `the signatures are of ${reader.meta.documents} documents, not of ${source.documents}`
        : `signatures for ${column} were made with ${made ?? "nothing"}, and ${wanted} is asked for`,
    where: source.path,
    hint: "use the settings of the earlier run, or make its signatures anew",
  });
}
