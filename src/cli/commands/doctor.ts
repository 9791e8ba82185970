/** `mdp doctor`: checks that everything works here. */
import * as v from "valibot";
import { checkSettings, settingsOf } from "../../config/load.ts";
import { locateProject } from "../../config/project.ts";
import { Settings } from "../../config/schema.ts";
import { type CheckReport, examine } from "../../pipelines/doctor.ts";
import { checkNames } from "../../pipelines/engines/check.ts";
import { command } from "../command.ts";
import { writeJson, writeOut } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { safeText } from "../ui/sanitize.ts";
import { type Paint, paintFor } from "../ui/terminal.ts";

const NAME_COLUMN = 13;

export default command({
  meta: { name: "doctor", description: "Check the machine, the library, the model and the store by using them." },
  args: settingArgs("embed", "store"),
  examples: [{ command: "mdp doctor --json", summary: "For programs and bug reports" }],
  async run(context) {
    const project = locateProject(context.cwd, context.projectFlag);
    const request = { projectDir: project?.dir ?? null, flags: context.given, env: process.env };
    const checked = await checkSettings(request);
    const { problems: wrong, input, whereOf } = checked;
    const good = wrong.length === 0 ? await settingsOf(checked, request.projectDir) : undefined;
    const settings = good?.settings ?? v.parse(Settings, {});
    const problems = [...wrong, ...(await checkNames(input, whereOf))];
    const paint = paintFor(context.stdout);
    const onCheck = (report: CheckReport) => writeOut(renderCheck(report, paint));
    const report = await examine({ settings, problems, project, ...(context.json ? {} : { onCheck }) });
    if (context.json) await writeJson(report);
    else await writeOut(report.ok ? "everything works\n" : "something does not work: see the hints\n");
    return report.ok ? 0 : 1;
  },
});

function renderCheck({ name, ok, detail, hint }: CheckReport, paint: Paint): string {
  const sign = ok ? paint.green("ok  ") : paint.red("FAIL");
  const advice = hint === null ? "" : `${" ".repeat(NAME_COLUMN + 6)}${paint.dim("hint:")} ${safeText(hint)}\n`;
  return `${sign}  ${paint.bold(name.padEnd(NAME_COLUMN))}${safeText(detail)}\n${advice}`;
}
