/** Which runs filled an output, and the names that they were given: one line each in `.cache/history.jsonl`. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../../package.json";
import { MdpError, UsageError } from "../../core/errors.ts";
import { writeWhole } from "../../core/new-file.ts";
import type { Layout } from "../prepare/layout.ts";
import type { PrepareReport } from "../prepare/report.ts";
import { readManifest } from "./output.ts";

export interface Entry {
  /** When the run ended, ISO 8601. */
  time: string;
  mdp: string;
  command: string;
  fingerprint: string;
  documents: number;
  kept: number;
  tokens: number;
  samples: number;
}

export interface LoggedRun extends Entry {
  tags: string[];
  /** It is what the folder holds now. */
  current: boolean;
}

const historyPath = (layout: Layout) => join(layout.cache, "history.jsonl");
const tagsPath = (layout: Layout) => join(layout.cache, "tags.json");
const TAG = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Notes a run that is complete. */
export function noteRun(layout: Layout, report: PrepareReport): void {
  const { command, fingerprint, documents, kept, tokens, samples } = report;
  const time = new Date().toISOString();
  const entry: Entry = { time, mdp: version, command, fingerprint, documents, kept, tokens, samples };
  appendFileSync(historyPath(layout), `${JSON.stringify(entry)}\n`);
}

/** All runs that filled the folder, the latest first. */
export async function dataLog(dir: string): Promise<LoggedRun[]> {
  const { layout, manifest } = await readManifest(dir);
  const tags = readTags(layout);
  const lines = existsSync(historyPath(layout)) ? readFileSync(historyPath(layout), "utf8").split("\n") : [];
  const entries = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Entry);
  const latest = entries.findLastIndex(({ fingerprint }) => fingerprint === manifest.fingerprint);
  return entries
    .map((entry, i) => ({
      ...entry,
      tags: Object.keys(tags).filter((tag) => tags[tag] === entry.fingerprint),
      current: i === latest,
    }))
    .reverse();
}

/** Names the run that the folder holds. A name that another run has is taken from it only with `force`. */
export async function dataTag(
  dir: string,
  name: string,
  force: boolean,
): Promise<{ tag: string; fingerprint: string }> {
  if (!TAG.test(name)) {
    throw new UsageError(`"${name}" is not a tag`, "a tag has letters, digits, dots, dashes and underscores");
  }
  const { layout, manifest } = await readManifest(dir);
  const tags = readTags(layout);
  const taken = tags[name];
  if (taken !== undefined && taken !== manifest.fingerprint && !force) {
    throw new MdpError({
      code: "tag-taken",
      message: `the tag "${name}" names the run ${taken}`,
      where: dir,
      hint: "choose another name, or move it with --force",
    });
  }
  tags[name] = manifest.fingerprint;
  await writeWhole(tagsPath(layout), `${JSON.stringify(tags, null, 2)}\n`);
  return { tag: name, fingerprint: manifest.fingerprint };
}

function readTags(layout: Layout): Record<string, string> {
  return existsSync(tagsPath(layout))
    ? (JSON.parse(readFileSync(tagsPath(layout), "utf8")) as Record<string, string>)
    : {};
}
