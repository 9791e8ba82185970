/** The configuration of this folder. */
import type { CheckContext, CheckResult } from "./check.ts";

export default function config({ problems, project }: CheckContext): CheckResult {
  const place = project ? `project ${project.dir}` : "no project here";
  if (problems.length === 0) return { ok: true, detail: `${place}, settings are good` };
  const [first] = problems;
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return {
    ok: false,
    detail: `${place}, ${count}: ${first!.message} (${first!.where})`,
    hint: "run: mdp config check",
  };
}
