/** What the steps that train have in common: which files they read, and what an adapter's step does. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { MdpError } from "../../../../core/errors.ts";
import { sha256File } from "../../../../core/hash.ts";
import { rememberedSha256 } from "../../../../models/file-hash.ts";
import { findModel } from "../../../../models/find.ts";
import { newestCheckpoint } from "../../../../train/checkpoint.ts";
import type { TrainSettings } from "../../../../train/config.ts";
import type { TrainCallbacks } from "../../../../train/trainer.ts";
import type { StepContext, Verb } from "../../verb.ts";

/** Codes of errors for a checkpoint that is of other settings or rows. */
const OF_ANOTHER_RUN: readonly string[] = ["resume-mismatch", "other-data"];
const WEIGHTS = "adapters.safetensors";
/** Files of a model's folder that are read, and folders of it that describe its pooling. */
const MODEL_FILE = /\.(json|model|safetensors|txt|jinja)$/;
const MODEL_PART = /^\d+_\w+$/;
/** What names a set of shards by its contents. */
const SHARD_INDICES = ["shard_index.json", "shards/shard_index.json"];

export const outOf = ({ project, step }: StepContext): string => resolve(project.dir, step.out!);
export const dataOf = ({ project, step }: StepContext): string => resolve(project.dir, step.inputs[0]!);

/** A path is meant from the project folder; anything else is a name. */
export function modelOf({ project, step }: StepContext): string {
  const path = resolve(project.dir, step.model!);
  return existsSync(path) ? path : step.model!;
}

/** SHA-256 of the files of a model, by `name: file`. @throws MdpError when there is none of the name */
export async function modelHashes(model: string, name = "model"): Promise<Record<string, string>> {
  const { dir } = findModel(model);
  const parts = readdirSync(dir).filter((name) => MODEL_PART.test(name) && statSync(join(dir, name)).isDirectory());
  const files = ["", ...parts].flatMap((part) => readdirSync(join(dir, part)).map((file) => join(part, file)));
  const hashes: Record<string, string> = {};
  for (const file of files.filter((path) => MODEL_FILE.test(path)).sort()) {
    hashes[`${name}: ${file}`] = await rememberedSha256(join(dir, file));
  }
  return hashes;
}

/** SHA-256 of a file that a setting names; nothing where it is unset, "" where the file is missing. */
export async function settingHash(key: string, path: string | undefined): Promise<Record<string, string>> {
  if (path === undefined) return {};
  return { [key]: existsSync(path) ? await sha256File(path) : "" };
}

/** SHA-256 of the weights in an adapter's folder, as `settingHash`. */
export const adapterHash = (key: string, dir: string | undefined): Promise<Record<string, string>> =>
  settingHash(key, dir === undefined ? undefined : join(dir, WEIGHTS));

/** SHA-256 of the rows of a folder, or of what names its shards. */
async function dataHashes(data: string): Promise<Record<string, string>> {
  const index = SHARD_INDICES.find((name) => existsSync(join(data, name)));
  const rows = existsSync(data) ? readdirSync(data).filter((name) => name.endsWith(".jsonl")) : [];
  const hashes: Record<string, string> = {};
  for (const name of index === undefined ? rows.sort() : [index]) {
    hashes[`data: ${name}`] = await sha256File(join(data, name));
  }
  return hashes;
}

/** What every training of an adapter is asked for. */
export interface AdapterRequest {
  model: string;
  data: string;
  settings: TrainSettings;
  resume: boolean;
  signal: AbortSignal;
  callbacks?: TrainCallbacks;
  onNote?: (note: string) => void;
}

export interface AdapterTraining {
  sections: Verb["sections"];
  /** Hashes of what only this training reads. */
  reads?(context: StepContext): Promise<Record<string, string>>;
  /** Trains, and gives the report that the command prints as JSON. */
  fit(request: AdapterRequest, context: StepContext): Promise<unknown>;
}

/** A step whose output is the folder of an adapter with checkpoints, from which it goes on. */
export function adapterVerb({ sections, reads, fit }: AdapterTraining): Verb {
  return {
    selfKept: false,
    sections,

    changes: async (context) => missingOutput(context, WEIGHTS),

    async reads(context) {
      return {
        ...(await dataHashes(dataOf(context))),
        ...(await modelHashes(modelOf(context))),
        ...(await settingHash("train.resumeAdapterFile", context.settings.train.resumeAdapterFile)),
        ...(await reads?.(context)),
      };
    },

    async run(context, { onTrain, onNote }) {
      const { settings, resumes, signal } = context;
      const request = {
        model: modelOf(context),
        data: dataOf(context),
        settings: { ...settings.train, adapterPath: outOf(context) },
        signal,
        ...(onTrain ? { callbacks: onTrain(settings.train.iters) } : {}),
        ...(onNote ? { onNote } : {}),
      };
      const resume = resumes && newestCheckpoint(outOf(context)) !== undefined;
      const report = await fit({ ...request, resume }, context).catch((error: unknown) => {
        // A run that was killed before its first checkpoint has left that of an earlier one.
        if (!resume || !(error instanceof MdpError) || !OF_ANOTHER_RUN.includes(error.code)) throw error;
        return fit({ ...request, resume: false }, context);
      });
      return { exitCode: 0, report, counts: { iters: settings.train.iters } };
    },

    makes: async (context) => await madeHash(context, WEIGHTS),
  };
}

/** What has changed for a step of which a file is not there. */
export function missingOutput(context: StepContext, name: string): string[] {
  return existsSync(join(outOf(context), name)) ? [] : ["its output does not exist yet"];
}

/** SHA-256 of a file that the step has made; nothing before it is there. */
export async function madeHash(context: StepContext, name: string): Promise<Record<string, string>> {
  const path = join(outOf(context), name);
  return existsSync(path) ? { [name]: await sha256File(path) } : {};
}
