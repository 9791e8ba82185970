/** How a run begins: with a fresh plan, where another one stopped, or not at all since everything is there. */
import { MdpError } from "../../core/errors.ts";
import { checkOutputs } from "./check-outputs.ts";
import type { Layout } from "./layout.ts";
import { readManifestReport } from "./manifest.ts";
import { clearOutput, clearPartial, type ExistingRun, existingRun, refuseForeign, tidyOutput } from "./output.ts";
import { type CommandName, makePlan, type Plan, writePlan } from "./plan.ts";
import { type ReadRecord, readRecord } from "./records.ts";
import type { PrepareReport } from "./report.ts";
import { checkResumable } from "./resume.ts";
import { type Scan, type ScanRequest, scan } from "./scan.ts";
import { inputKey } from "./split-inputs.ts";
import { ledgerHash, stageLedger } from "./splits.ts";

/** How the plan names the splits of earlier runs among the files that decide. */
export const LEDGER = "splits of earlier runs";

export interface BeginRequest extends ScanRequest {
  command: CommandName;
  layout: Layout;
  resume: boolean;
  overwrite: boolean;
}

/** The plan to follow, or the report of the run that is complete already. */
export async function begin(request: BeginRequest): Promise<{ plan: Plan; found: Scan } | { report: PrepareReport }> {
  const { command, layout, settings } = request;
  const found = await scan(request);
  const existing = existingRun(layout);
  // A run that goes on, or is complete, has its ledger of splits already.
  const goesOn = !request.overwrite && existing.plan;
  const ledger = goesOn ? goesOn.files[LEDGER] : command === "shard" ? ledgerHash(layout, { settings }) : undefined;
  const more: Record<string, string> = ledger === undefined ? {} : { [LEDGER]: ledger };
  const plan = await makePlan(command, request, found, more);
  if (!existing.manifest && !existing.plan) {
    refuseForeign(layout, command);
  } else if (request.overwrite) {
    clearOutput(layout);
  } else if (existing.manifest) {
    await checkComplete(layout, existing, plan, found);
    await checkOutputs(layout, existing.manifest);
    tidyOutput(layout, settings);
    return { report: { ...readManifestReport(layout), unchanged: true } };
  } else if (existing.plan) {
    if (!request.resume) throw unfinished(layout);
    await checkResumable(layout, existing.plan, plan, found, knownHashes(layout, existing.plan));
    clearPartial(layout);
    return { plan: existing.plan, found };
  }
  if (found.lines.length === 0) {
    throw new MdpError({
      code: "no-inputs",
      message: "the inputs hold no file to read",
      hint: "hidden and ignored files are left out; --hidden and --no-gitignore take them in",
    });
  }
  if (command === "shard") stageLedger(layout, plan);
  await writePlan(layout, plan, found);
  return { plan, found };
}

/** A complete run is the one that is asked for, or an error says why it is another. */
async function checkComplete(
  layout: Layout,
  { plan: before, manifest }: ExistingRun,
  now: Plan,
  found: Scan,
): Promise<void> {
  if (before?.id === now.id) return;
  if (!before) throw otherRun(layout, "its plan is gone");
  const hashes = new Map(manifest!.inputs.map((input) => [inputKey(input), input.sha256]));
  try {
    await checkResumable(layout, before, now, found, (key) => hashes.get(key));
  } catch (error) {
    if (error instanceof MdpError && error.code === "plan-changed") throw otherRun(layout, error.message);
    throw error;
  }
}

/** Content hashes of what tasks of an earlier run have read, found when first asked for. */
function knownHashes(layout: Layout, plan: Plan): (key: string) => string | undefined {
  let hashes: Map<string, string> | undefined;
  return (key) => {
    if (!hashes) {
      hashes = new Map();
      for (const task of plan.tasks.keys()) {
        const record = readRecord<ReadRecord>(layout.taskFile("read", task), plan.id);
        for (const input of record?.inputs ?? []) hashes.set(inputKey(input), input.sha256);
      }
    }
    return hashes.get(key);
  };
}

function otherRun(layout: Layout, difference: string): MdpError {
  return new MdpError({
    code: "output-exists",
    message: `the output folder holds a complete run of other inputs or settings: ${difference}`,
    where: layout.dir,
    hint: "choose another --out, or replace it with --overwrite",
  });
}

function unfinished(layout: Layout): MdpError {
  return new MdpError({
    code: "output-unfinished",
    message: "a run began here and did not end",
    where: layout.dir,
    hint: "go on with --resume, or start again with --overwrite",
  });
}
