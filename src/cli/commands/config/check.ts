/** `mdp config check`: every problem of `mdp.yaml` and of the environment. */
import { checkSettings } from "../../../config/load.ts";
import { locateProject } from "../../../config/project.ts";
import { UsageError } from "../../../core/errors.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderFacts } from "../../ui/error.ts";
import { logFor } from "../../ui/log.ts";
import { safeLine } from "../../ui/sanitize.ts";
import { paintFor } from "../../ui/terminal.ts";

export default command({
  meta: { name: "check", description: "Check mdp.yaml and the environment, and name every problem with its line." },
  examples: [{ command: "mdp config check && mdp ingest docs/", summary: "Only with a good configuration" }],
  async run(context) {
    const project = locateProject(context.cwd, context.projectFlag);
    if (!project && context.projectFlag !== undefined) {
      throw new UsageError(`no project in "${context.projectFlag}": it has neither .mdp/ nor mdp.yaml`);
    }
    const checked = await checkSettings({ projectDir: project?.dir ?? null, env: process.env });
    const { file } = checked;
    // Not before it is needed: the names are those of everything that there is.
    const { checkNames } = await import("../../../pipelines/engines/check.ts");
    const problems = [...checked.problems, ...(await checkNames(checked.input, checked.whereOf))];
    if (project && problems.length === 0) {
      const { checkSteps } = await import("../../../pipelines/project-run/check.ts");
      problems.push(...(await checkSteps(project, checked, process.env)).problems);
    }
    const ok = problems.length === 0;
    if (context.json) {
      const listed = problems.map((problem) => ({ ...problem, hint: problem.hint ?? null }));
      await writeJson({ ok, file: file?.path ?? null, problems: listed });
    } else if (ok) {
      await writeOut(file ? `${safeLine(file.path)} is good\n` : "no mdp.yaml here; the defaults hold\n");
    } else {
      const paint = paintFor(context.stderr);
      const label = `${paint.red(paint.bold("error:"))} `;
      logFor(context).error(problems.map((problem) => renderFacts(label, problem, paint)).join(""));
    }
    return ok ? 0 : 2;
  },
});
