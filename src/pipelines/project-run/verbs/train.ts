/** `train` as a step. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { MdpError } from "../../../core/errors.ts";
import { sha256File } from "../../../core/hash.ts";
import { rememberedSha256 } from "../../../models/file-hash.ts";
import { findModel } from "../../../models/find.ts";
import { newestCheckpoint } from "../../../train/checkpoint.ts";
import { train } from "../../train.ts";
import type { StepContext, Verb } from "../verb.ts";

/** Codes of errors for a checkpoint that is of other settings or rows. */
const OF_ANOTHER_RUN: readonly string[] = ["resume-mismatch", "other-data"];
const WEIGHTS = "adapters.safetensors";
/** Files of a model's folder that are read. */
const MODEL_FILE = /\.(json|model|safetensors|txt|jinja)$/;
/** What names a set of shards by its contents. */
const SHARD_INDICES = ["shard_index.json", "shards/shard_index.json"];

const verb: Verb = {
  selfKept: false,
  sections: ["train"],

  async changes(context) {
    return existsSync(join(outOf(context), WEIGHTS)) ? [] : ["its output does not exist yet"];
  },

  async reads(context) {
    const hashes: Record<string, string> = {};
    const data = resolve(context.project.dir, context.step.inputs[0]!);
    const index = SHARD_INDICES.find((name) => existsSync(join(data, name)));
    const rows = existsSync(data) ? readdirSync(data).filter((name) => name.endsWith(".jsonl")) : [];
    for (const name of index === undefined ? rows.sort() : [index]) {
      hashes[`data: ${name}`] = await sha256File(join(data, name));
    }
    const { dir } = findModel(modelOf(context));
    for (const name of readdirSync(dir)
      .filter((file) => MODEL_FILE.test(file))
      .sort()) {
      hashes[`model: ${name}`] = await rememberedSha256(join(dir, name));
    }
    return hashes;
  },

  async run(context, { onTrain, onNote }) {
    const { project, step, settings, resumes, signal } = context;
    const request = {
      model: modelOf(context),
      data: resolve(project.dir, step.inputs[0]!),
      settings: trainSettings(context),
      train: true,
      test: false,
      signal,
      ...(onTrain ? { callbacks: onTrain(settings.train.iters) } : {}),
      ...(onNote ? { onNote } : {}),
    };
    const resume = resumes && newestCheckpoint(outOf(context)) !== undefined;
    const report = await train({ ...request, resume }).catch((error: unknown) => {
      // A run that was killed before its first checkpoint has left that of an earlier one.
      if (!resume || !(error instanceof MdpError) || !OF_ANOTHER_RUN.includes(error.code)) throw error;
      return train({ ...request, resume: false });
    });
    return { exitCode: 0, report, counts: { iters: settings.train.iters } };
  },

  async makes(context) {
    const path = join(outOf(context), WEIGHTS);
    return existsSync(path) ? { [WEIGHTS]: await sha256File(path) } : {};
  },
};

export default verb;

const outOf = ({ project, step }: StepContext) => resolve(project.dir, step.out!);

/** A path is meant from the project folder; anything else is a name. */
function modelOf({ project, step }: StepContext): string {
  const path = resolve(project.dir, step.model!);
  return existsSync(path) ? path : step.model!;
}

function trainSettings(context: StepContext) {
  const { train: settings } = context.settings;
  const file = settings.resumeAdapterFile;
  return {
    ...settings,
    adapterPath: outOf(context),
    ...(file === undefined ? {} : { resumeAdapterFile: resolve(context.project.dir, file) }),
  };
}
