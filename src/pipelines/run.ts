/** `runPipeline`: files to training data from a program, with plain settings and sensible defaults. */
import type * as v from "valibot";
import { type Given, loadSettings } from "../config/load.ts";
import type { Settings } from "../config/schema.ts";
import { projectAt } from "../core/project.ts";
import { type PrepareProgress, type PrepareReport, prepare } from "./prepare.ts";

type Input = v.InferInput<typeof Settings>;

export interface PipelineConfig {
  /** What comes out: shards, clean documents, or documents without copies. `shard` by default. */
  command?: PrepareReport["command"];
  /** Files, folders and globs. */
  inputs: readonly string[];
  /** The output folder. */
  out: string;
  /** Settings by section as in `mdp.yaml`; those of the preset (`curate.preset`, by default `small`) stand behind them. */
  settings?: Pick<Input, "ingest" | "curate" | "dedup" | "shard">;
  /** Paths are relative to it, and its `mdp.yaml` is read; by default the current folder. */
  projectDir?: string;
  /** Go on with a run that was interrupted. */
  resume?: boolean;
  /** Replace what an earlier run made in the output folder. */
  overwrite?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: PrepareProgress) => void;
}

/**
 * Runs the whole pipeline and returns its statistics.
 *
 * @throws ConfigError (a `UsageError`) with every wrong setting; what `prepare` throws
 */
export async function runPipeline(config: PipelineConfig): Promise<PrepareReport> {
  const { command = "shard", inputs, out, projectDir = process.cwd(), resume, overwrite, onProgress } = config;
  const flags = new Map<string, Given>();
  for (const [section, values] of Object.entries(config.settings ?? {})) {
    for (const [key, value] of Object.entries(values ?? {})) {
      if (value !== undefined) flags.set(`${section}.${key}`, { value, from: "the program" });
    }
  }
  const { settings } = await loadSettings({ projectDir, flags, env: {} });
  return prepare({
    command,
    project: projectAt(projectDir),
    inputs,
    out,
    settings,
    signal: config.signal ?? new AbortController().signal,
    ...(resume === undefined ? {} : { resume }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(onProgress ? { onProgress } : {}),
  });
}
