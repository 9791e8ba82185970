/** What `mdp train` was asked for: flags, the file of --config, and the processes to start. */
import { loadSettings } from "../config/load.ts";
import { locateProject } from "../config/project.ts";
import type { Settings } from "../config/schema.ts";
import { selfCommand } from "../core/child.ts";
import { UsageError } from "../core/errors.ts";
import { type Backend, backends } from "../mlx/distributed.ts";
import type { TrainRequest } from "../pipelines/train.ts";
import { parseHosts } from "../train/distributed/hosts.ts";
import { launchRanks } from "../train/distributed/launch.ts";
import { readTrainFile, type TrainFile } from "../train/train-file.ts";
import type { Context } from "./context.ts";
import type { Arg } from "./definition.ts";
import { interruptible } from "./interrupt.ts";

/** A step, a validation batch and a checkpoint may each take long on a large model. */
export const TRAIN_GRACE_MS = 600_000;

/** `--hang-seconds` of the commands that train on several processes. */
export const hangSeconds = {
  type: "string",
  valueHint: "N",
  description:
    "With --hosts: seconds without a step (ten times as many before the first) after which the run is ended; 0 waits for ever.",
} as const satisfies Arg;

/** Starts this very command once per host; each knows from its environment that it is one of them. */
export async function launchTraining(context: Context, hosts: string): Promise<number> {
  const [word, ...rest] = process.argv.slice(2);
  const seconds = Number(context.value("hang-seconds") ?? 0);
  if (!(seconds >= 0)) throw new UsageError(`--hang-seconds takes a number, not "${context.value("hang-seconds")}"`);
  const options = { hosts: await parseHosts(hosts), command: [...selfCommand(word!), ...rest], hangSeconds: seconds };
  await interruptible(
    { quiet: context.quiet || context.json, graceMs: TRAIN_GRACE_MS, hint: "--resume goes on" },
    (signal) => launchRanks({ ...options, signal }),
  );
  return 0;
}

/** The backend of --backend. */
function backendOf(context: Context): Backend | undefined {
  const name = context.value("backend");
  const backend = backends.find((known) => known === name);
  if (name === undefined || backend) return backend;
  throw new UsageError(`--backend must be ${backends.join(", ")}, not "${name}"`);
}

interface CommandRequest extends Omit<TrainRequest, "signal"> {
  /** What only `train-preferences` asks for. */
  preferences: Settings["trainPreferences"];
}

/** Flags beat the file of --config, which beats the environment and mdp.yaml. */
export async function trainRequest(context: Context): Promise<CommandRequest> {
  const config = context.value("config");
  const file: TrainFile = config === undefined ? { settings: new Map(), notes: [] } : await readTrainFile(config);
  const flags = new Map([...file.settings, ...context.given]);
  const method = context.value("method");
  if (method !== undefined) {
    const other = context.given.get("train.fineTuneType");
    if (other && other.value !== method) throw new UsageError("--method and --fine-tune-type contradict each other");
    flags.set("train.fineTuneType", { value: method, from: "--method" });
  }
  const project = locateProject(context.cwd, context.projectFlag);
  const { settings } = await loadSettings({ projectDir: project?.dir ?? null, flags, env: process.env });
  const model = context.value("model") ?? file.model;
  const data = context.value("data") ?? file.data;
  if (model === undefined) throw new UsageError("mdp train needs --model", "name a folder, such as --model ./qwen3");
  if (data === undefined) throw new UsageError("mdp train needs --data", "name a folder with train.jsonl");
  const test = context.has("test") || file.test === true;
  const trains = context.has("train") || file.train === true || !test;
  const notes = context.value("report-to") ? ["reports go to metrics.jsonl alone, --report-to is not followed"] : [];
  return {
    model,
    data,
    settings: settings.train,
    preferences: settings.trainPreferences,
    train: trains,
    test,
    resume: context.has("resume"),
    backend: backendOf(context),
    notes: [...file.notes, ...notes],
  };
}
