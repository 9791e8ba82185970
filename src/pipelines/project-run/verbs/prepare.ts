/** `curate`, `dedup` and `shard` as steps: the plan and the manifest in the output folder know what changed. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { MdpError } from "../../../core/errors.ts";
import { LEDGER } from "../../prepare/begin.ts";
import { checkOutputs } from "../../prepare/check-outputs.ts";
import { hashInput } from "../../prepare/hash-input.ts";
import { type Layout, layoutOf } from "../../prepare/layout.ts";
import { type ExistingRun, existingRun } from "../../prepare/output.ts";
import { type CommandName, decisive, type Plan } from "../../prepare/plan.ts";
import type { Scan } from "../../prepare/scan.ts";
import { type InputLine, inputKey } from "../../prepare/split-inputs.ts";
import { planOnly, prepare, prepareCounts } from "../../prepare.ts";
import { changedSettings } from "../step-settings.ts";
import { counted, type StepContext, type Verb } from "../verb.ts";

const INTERRUPTED = "it was interrupted";

const verb: Verb = {
  selfKept: true,
  sections: ["ingest", "curate", "dedup", "shard"],
  changes: async (context) => (await compare(context)).changes,
  reads: async () => ({}),

  async run(context, { onPrepare }) {
    // What the output folder says is newer than what a plan said that was made before other steps.
    const { changes, exists } = await compare(context);
    const resume = changes.length === 1 && changes[0] === INTERRUPTED;
    const report = await prepare({
      ...requestOf(context),
      resume,
      overwrite: exists && !resume && changes.length > 0,
      ...(onPrepare ? { onProgress: onPrepare } : {}),
    });
    return { exitCode: report.rejects > 0 ? 1 : 0, report, counts: prepareCounts(report) };
  },

  async makes(context) {
    const { manifest } = existingRun(layout(context));
    return manifest ? { fingerprint: manifest.fingerprint } : {};
  },
};

export default verb;

const layout = ({ project, step }: StepContext) => layoutOf(resolve(project.dir, step.out!));

function requestOf({ project, step, settings, signal }: StepContext) {
  const paths = step.inputs.map((input) => resolve(project.dir, input));
  const out = resolve(project.dir, step.out!);
  return { command: step.verb as CommandName, project, inputs: paths, out, settings, signal };
}

/** What differs between the run in the output folder and the one that is asked for. */
async function compare(context: StepContext): Promise<{ changes: string[]; exists: boolean }> {
  const place = layout(context);
  const existing = existingRun(place);
  if (!existing.manifest && !existing.plan) return { changes: ["its output does not exist yet"], exists: false };
  const { plan: now, scan } = await planOnly(requestOf(context));
  const { plan: before, manifest } = existing;
  if (!before || before.command !== now.command || before.version !== now.version) {
    return { changes: ["its output is of another kind of run"], exists: true };
  }
  const changes = [
    ...changedSettings(decisive(before.settings), decisive(now.settings)),
    ...changedFiles(before, now),
    ...(before.inputs.sha256 === now.inputs.sha256 ? [] : await changedInputs(place, existing, scan)),
  ];
  if (manifest && changes.length === 0) changes.push(...(await damages(place, manifest)));
  if (!manifest && changes.length === 0) changes.push(INTERRUPTED);
  return { changes, exists: true };
}

function changedFiles(before: Plan, now: Plan): string[] {
  const names = new Set([...Object.keys(before.files), ...Object.keys(now.files)]);
  names.delete(LEDGER);
  return [...names].filter((name) => before.files[name] !== now.files[name]).map((name) => `the file of ${name}`);
}

async function changedInputs({ inputs }: Layout, { manifest }: ExistingRun, scan: Scan): Promise<string[]> {
  const lines = existsSync(inputs) ? readFileSync(inputs, "utf8").split("\n").filter(Boolean) : [];
  const before = new Map(lines.map((line) => JSON.parse(line) as InputLine).map((line) => [inputKey(line), line]));
  const hashes = new Map(manifest?.inputs.map((input) => [inputKey(input), input.sha256]));
  const [fresh, changed]: [Set<string>, Set<string>] = [new Set(), new Set()];
  for (const now of scan.lines) {
    const key = inputKey(now);
    const old = before.get(key);
    before.delete(key);
    if (!old) fresh.add(now.uri);
    else if (!(await isSame(old, now, hashes.get(key)))) changed.add(now.uri);
  }
  const gone = new Set([...before.values()].map(({ uri }) => uri).filter((uri) => !fresh.has(uri)));
  return [
    ...counted(fresh.size, "new input"),
    ...counted(changed.size, "changed input"),
    ...counted(gone.size, "removed input"),
  ];
}

/** Only touched, when its content is what was read. */
async function isSame(old: InputLine, now: InputLine, hash: string | undefined): Promise<boolean> {
  if (old.size !== now.size) return false;
  return old.mtimeNs === now.mtimeNs || (hash !== undefined && hash === (await hashInput(now).catch(() => "")));
}

async function damages(place: Layout, manifest: NonNullable<ExistingRun["manifest"]>): Promise<string[]> {
  try {
    await checkOutputs(place, manifest);
    return [];
  } catch (error) {
    if (error instanceof MdpError) return [`its output is damaged: ${error.message}`];
    throw error;
  }
}
