/** `doctor`: runs every check, whatever the others say. */
import type { Problem } from "../config/problems.ts";
import type { Settings } from "../config/schema.ts";
import { type MdpError, messageOf } from "../core/errors.ts";
import type { Project } from "../core/project.ts";
import { checks } from "../doctor/index.ts";

export interface DoctorRequest {
  settings: Settings;
  /** Problems of the configuration; the settings then hold the defaults. */
  problems: readonly Problem[];
  project: Project | null;
  /** Called as each check is done. */
  onCheck?: (check: CheckReport) => void | Promise<void>;
}

export interface CheckReport {
  name: string;
  ok: boolean;
  detail: string;
  /** What to do; also advice on something that works, but not well. */
  hint: string | null;
}

export interface DoctorReport {
  ok: boolean;
  checks: CheckReport[];
}

export async function examine({ onCheck, ...context }: DoctorRequest): Promise<DoctorReport> {
  const reports: CheckReport[] = [];
  for (const name of checks.names) {
    const report = await examineOne(name, context);
    reports.push(report);
    await onCheck?.(report);
  }
  return { ok: reports.every(({ ok }) => ok), checks: reports };
}

async function examineOne(name: string, context: Omit<DoctorRequest, "onCheck">): Promise<CheckReport> {
  try {
    const check = await checks.load(name);
    const { ok, detail, hint } = await check(context);
    return { name, ok, detail, hint: hint ?? null };
  } catch (error) {
    // Errors of the native layer have a hint without being an MdpError.
    const hint = (error as Partial<MdpError> | null)?.hint;
    return { name, ok: false, detail: messageOf(error), hint: typeof hint === "string" ? hint : null };
  }
}
