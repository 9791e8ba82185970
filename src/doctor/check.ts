/** What a check is: one thing that must work on this machine, tried for real. */
import type { Problem } from "../config/problems.ts";
import type { Settings } from "../config/schema.ts";
import type { Project } from "../core/project.ts";

export interface CheckContext {
  settings: Settings;
  /** Problems of the configuration; the defaults stand in for what is wrong. */
  problems: readonly Problem[];
  project: Project | null;
}

export interface CheckResult {
  ok: boolean;
  /** What was found, with the values. */
  detail: string;
  /** What to do; also advice on something that works, but not well. */
  hint?: string | undefined;
}

/** What throws counts as failed, with the error's own message and hint. */
export type Check = (context: CheckContext) => CheckResult | Promise<CheckResult>;
