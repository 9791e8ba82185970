/** `.mdp/run/manifest.json`: of each step of `mdp run` the version, the settings, what it read and what it made. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { writeWhole } from "../../core/new-file.ts";
import type { Project } from "../../core/project.ts";

const Hashes = v.record(v.string(), v.string());

const StepRecord = v.strictObject({
  verb: v.string(),
  /** Version of mdp. */
  mdp: v.string(),
  /** `begun`: it was interrupted or failed. */
  outcome: v.picklist(["begun", "done"]),
  inputs: v.array(v.string()),
  out: v.nullable(v.string()),
  model: v.nullable(v.string()),
  type: v.nullable(v.string()),
  needs: v.array(v.string()),
  settings: v.record(v.string(), v.unknown()),
  reads: Hashes,
  makes: Hashes,
});
export type StepRecord = v.InferOutput<typeof StepRecord>;

const Manifest = v.strictObject({ format: v.literal(1), steps: v.record(v.string(), StepRecord) });
export type RunManifest = v.InferOutput<typeof Manifest>;

export const runDir = ({ stateDir }: Project): string => join(stateDir, "run");
const manifestPath = (project: Project) => join(runDir(project), "manifest.json");

/** The manifest; an empty one where there is none, or none of this format: then every step counts as new. */
export async function readRunManifest(project: Project): Promise<RunManifest> {
  const file = Bun.file(manifestPath(project));
  const value: unknown = (await file.exists()) ? await file.json().catch(() => undefined) : undefined;
  const parsed = v.safeParse(Manifest, value);
  return parsed.success ? parsed.output : { format: 1, steps: {} };
}

/** No times stand in it, so that equal runs give equal bytes. */
export async function writeRunManifest(project: Project, manifest: RunManifest): Promise<void> {
  mkdirSync(runDir(project), { recursive: true });
  await writeWhole(manifestPath(project), `${JSON.stringify(manifest, null, 2)}\n`);
}
