/** How the steps of `mdp run` look: each in a line while they go on, and all of them when done. */
import type { ProjectRunReport, StepReport } from "../../pipelines/project-run.ts";
import { formatSeconds, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

/** Reasons that are named; the number of the others follows. */
const REASONS_SHOWN = 3;

export function reasonText({ reasons }: Pick<StepReport, "reasons">): string {
  const shown = reasons.slice(0, REASONS_SHOWN).map(safeLine).join("; ");
  return reasons.length > REASONS_SHOWN ? `${shown}; and ${reasons.length - REASONS_SHOWN} more` : shown;
}

/** What a step is about to do: `ingest docs (ingest): 3 new inputs`. */
export function renderStepStart(step: StepReport, paint: Paint): string {
  const why = step.outcome === "up-to-date" ? paint.dim("up to date") : reasonText(step);
  return `${paint.bold(safeLine(step.name))}: mdp ${whatText(step)}: ${why}\n`;
}

export function renderProjectRun(report: ProjectRunReport, paint: Paint): string {
  const rows = report.steps.map((step) => [paint.bold(safeLine(step.name)), whatText(step), stateText(step, paint)]);
  const untrusted = "what mdp.yaml would run or send is not trusted yet: mdp trust --show\n";
  return `${renderTable(rows)}${report.trusted === false ? untrusted : ""}${lastLine(report)}\n`;
}

const whatText = ({ verb, inputs, out }: StepReport) =>
  `${verb} ${inputs.map(safeLine).join(" ")}${out === null ? "" : ` → ${safeLine(out)}`}`;

function stateText(step: StepReport, paint: Paint): string {
  const took = step.seconds === null ? "" : `, ${formatSeconds(step.seconds)}`;
  const states = {
    done: `done${took}${step.exitCode ? ", records were refused" : ""}`,
    "up-to-date": paint.dim("up to date"),
    "to-do": `to do: ${reasonText(step)}`,
    failed: paint.red("failed"),
    interrupted: paint.yellow("interrupted"),
    "not-reached": paint.dim("not reached"),
  };
  return states[step.outcome];
}

function lastLine({ dryRun, steps }: ProjectRunReport): string {
  const count = (outcome: StepReport["outcome"]) => steps.filter((step) => step.outcome === outcome).length;
  if (dryRun) return `${plural(count("to-do"), "step")} to do, ${count("up-to-date")} up to date; nothing was done`;
  const failed = count("failed");
  return `${plural(count("done"), "step")} done, ${count("up-to-date")} up to date${failed ? `, ${failed} failed` : ""}`;
}
