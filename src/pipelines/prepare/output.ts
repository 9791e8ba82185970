/** The output folder before and after a run: may it be used, does it go on, what stays in it. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../config/schema.ts";
import { MdpError } from "../../core/errors.ts";
import type { Layout } from "./layout.ts";
import { type CommandName, type Plan, readPlan } from "./plan.ts";
import type { FinishRecord, ReadRecord } from "./records.ts";

export interface Manifest {
  command: CommandName;
  fingerprint: string;
  inputs: ReadRecord["inputs"];
  outputs: NonNullable<FinishRecord["output"]>[];
}

export interface ExistingRun {
  plan: Plan | undefined;
  /** Its manifest, when the run is complete. */
  manifest: Manifest | undefined;
}

/** What an earlier run left in the folder. */
export function existingRun(layout: Layout): ExistingRun {
  if (!existsSync(layout.manifest)) return { plan: readPlan(layout.plan), manifest: undefined };
  try {
    const manifest = JSON.parse(readFileSync(layout.manifest, "utf8")) as Manifest;
    if (!Array.isArray(manifest.inputs)) throw new Error("it names no inputs");
    // A run that was killed between its manifest and the tidying still has its plan in the staging folder.
    return { plan: readPlan(layout.plan) ?? readPlan(join(layout.cache, "plan.json")), manifest };
  } catch (cause) {
    throw new MdpError({
      code: "manifest-foreign",
      message: "there is a manifest here that mdp did not write, or that is damaged",
      where: layout.manifest,
      hint: "choose another --out, or remove the file",
      cause,
    });
  }
}

const PART = /^part_\d+\.(jsonl|parquet)$/;

/**
 * Removes what the earlier run made that is here. Its manifest or plan go last: they tell whose the rest is, should this
 * be interrupted, and a manifest without its files counts as damaged.
 */
export function clearOutput(layout: Layout): void {
  for (const path of [layout.shards, layout.excluded]) rmSync(path, { recursive: true, force: true });
  for (const path of [layout.inputs, layout.removed, layout.rejects]) rmSync(path, { force: true });
  for (const name of partsIn(layout)) rmSync(join(layout.dir, name));
  for (const name of ["signatures", "documents", "plan.json", "numbering.json"]) {
    rmSync(join(layout.cache, name), { recursive: true, force: true });
  }
  rmSync(layout.staging, { recursive: true, force: true });
  rmSync(layout.manifest, { force: true });
}

const partsIn = ({ dir }: Layout) => (existsSync(dir) ? readdirSync(dir).filter((name) => PART.test(name)) : []);

/** What would be written over is not ours where no earlier run is known. @throws MdpError naming it */
export function refuseForeign(layout: Layout, command: CommandName): void {
  // What is left of a run of our own, when its manifest was removed.
  if (existsSync(join(layout.cache, "plan.json"))) return;
  const [part] = partsIn(layout);
  const taken = command === "shard" ? layout.shards : part === undefined ? undefined : join(layout.dir, part);
  if (taken === undefined || !existsSync(taken)) return;
  throw new MdpError({
    code: "output-foreign",
    message:
      "the output folder holds something of the name that would be written, and no run of mdp that it belongs to",
    where: taken,
    hint: "choose another --out, or move it away",
  });
}

/** Removes files that a killed process was writing; nobody else writes here while the folder is locked. */
export function clearPartial(layout: Layout): void {
  for (const name of readdirSync(layout.dir, { recursive: true }) as string[]) {
    if (name.endsWith(".partial")) rmSync(join(layout.dir, name), { force: true });
  }
}

/** Files of our own that are no documents: a later run over the folder passes them over. */
const IGNORED = [
  "/manifest.json",
  "/raw/inputs.jsonl",
  "/staging/",
  "/excluded/",
  "/shards/",
  "/removed.jsonl",
  "/rejects.jsonl",
];

export function makeOutput(layout: Layout): void {
  try {
    mkdirSync(layout.cache, { recursive: true });
    const ignore = join(layout.dir, ".mdpignore");
    if (!existsSync(ignore)) writeFileSync(ignore, `${IGNORED.join("\n")}\n`);
  } catch (cause) {
    throw new MdpError({
      code: "output-unwritable",
      message: `the output folder cannot be made (${cause instanceof Error ? cause.message : cause})`,
      where: layout.dir,
      hint: "choose another place with --out",
      cause,
    });
  }
}

/** When all is written: signatures and the plan are kept for later runs, what lies between the stages goes. */
export function tidyOutput(layout: Layout, { shard, dedup }: Pick<Settings, "shard" | "dedup">): void {
  const signatures = join(layout.staging, "signatures");
  const kept = join(layout.cache, "signatures");
  if (existsSync(signatures)) {
    rmSync(kept, { recursive: true, force: true });
    renameSync(signatures, kept);
  }
  if (existsSync(layout.plan)) copyFileSync(layout.plan, join(layout.cache, "plan.json"));
  const numbering = join(layout.staging, "numbering.json");
  if (existsSync(numbering)) copyFileSync(numbering, join(layout.cache, "numbering.json"));
  const documents = join(layout.staging, "documents");
  if (dedup.keepTexts && existsSync(documents)) {
    rmSync(join(layout.cache, "documents"), { recursive: true, force: true });
    renameSync(documents, join(layout.cache, "documents"));
  }
  if (!shard.keepStaging) rmSync(layout.staging, { recursive: true, force: true });
}
