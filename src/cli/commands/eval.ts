/** `mdp eval`: how well searches answer questions whose answers are known. */
import { UsageError } from "../../core/errors.ts";
import { evaluateProject, MODES, type Mode } from "../../pipelines/evaluate.ts";
import { command } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeOut } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { renderEvaluation } from "../ui/evaluation.ts";
import { plural } from "../ui/format.ts";
import { logFor } from "../ui/log.ts";
import { ProgressLine } from "../ui/progress.ts";
import { paintFor } from "../ui/terminal.ts";
import { typesOf } from "../values.ts";

export default command({
  meta: {
    name: "eval",
    description: "Measure how well searches answer questions whose answers are known: nDCG, recall, MRR, MAP.",
  },
  args: {
    questions: {
      type: "positional",
      description:
        'JSON Lines with {"query", "relevant": ["path:from-to", …]}, TSV of query and place, or a BEIR folder.',
      required: true,
    },
    split: { type: "string", valueHint: "NAME", description: "Split of a BEIR folder. [test]" },
    modes: { type: "string", valueHint: "LIST", description: `What to compare. [${MODES.join(",")}]` },
    type: { type: "string", several: true, valueHint: "ENGINE", description: "Engines to ask. All by default." },
    save: { type: "string", valueHint: "FILE", description: "Keep the measures of every question in a file." },
    baseline: { type: "string", valueHint: "FILE", description: "Compare with a run that --save has kept." },
    ...settingArgs("search", "embed", "store", "ask"),
  },
  examples: [
    { command: "mdp eval questions.jsonl", summary: "Vector, text and hybrid search side by side" },
    { command: "mdp eval questions.jsonl --save before.json", summary: "Keep a run, to compare with it later" },
    { command: "mdp eval questions.jsonl --baseline before.json --fusion rrf", summary: "Did it become better?" },
    { command: "mdp ingest scifact/corpus.jsonl && mdp eval scifact", summary: "A collection of BEIR" },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    const report = await interruptible({ quiet: context.quiet || context.json }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      return await evaluateProject({
        project,
        settings,
        questions: context.positionals[0]!,
        split: context.value("split"),
        modes: modesOf(context.value("modes")),
        types: typesOf(context),
        save: context.value("save"),
        baseline: context.value("baseline"),
        signal,
        onProgress: (asked, total) => line.update(() => `${asked} of ${total} questions`),
      });
    });
    const missing = report.notHeld;
    if (missing.length > 0) {
      const what = `${plural(missing.length, "file")} of right answers ${missing.length === 1 ? "is" : "are"}`;
      const shown = missing.slice(0, 3).join(", ");
      logFor(context).info(`note: ${what} not in the project: ${shown}${missing.length > 3 ? ", …" : ""}`);
    }
    await (context.json ? writeJson(report) : writeOut(renderEvaluation(report, paintFor(context.stdout))));
    return 0;
  },
});

function modesOf(text: string | undefined): Mode[] {
  const names = text?.split(",").map((name) => name.trim()) ?? [...MODES];
  return names.map((name) => {
    const mode = MODES.find((known) => known === name);
    if (mode === undefined) throw new UsageError(`unknown mode "${name}"`, `modes: ${MODES.join(", ")}`);
    return mode;
  });
}
