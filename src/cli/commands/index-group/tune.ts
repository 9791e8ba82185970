/** `mdp index tune`: how vectors are searched, by measurement. */
import { InterruptedError, UsageError } from "../../../core/errors.ts";
import { clearScratch, forgetTuning, tuneIndices } from "../../../pipelines/index/tune.ts";
import { VECTOR_INDICES, type VectorIndex } from "../../../store/tuning.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { interruptible } from "../../interrupt.ts";
import { writeJson, writeOut } from "../../output.ts";
import { settingArgs } from "../../settings.ts";
import { ProgressLine } from "../../ui/progress.ts";
import { paintFor } from "../../ui/terminal.ts";
import { renderTuned } from "../../ui/tuned.ts";
import { typesOf, wholeNumber } from "../../values.ts";

/** IVF_PQ takes minutes to build where the others take seconds, and finds no more. */
const DEFAULT_INDICES: readonly VectorIndex[] = ["IVF_RQ", "IVF_FLAT", "IVF_HNSW_SQ"];
const DEFAULT_SAMPLE = 100;

export default command({
  meta: {
    name: "tune",
    description:
      "Measure indices and their parameters against an exact search, and keep the quickest that finds enough with the table.",
  },
  args: {
    type: { type: "string", several: true, valueHint: "ENGINE", description: "Engines to tune. All by default." },
    recall: { type: "string", valueHint: "SHARE", description: "Share of the ten nearest to be found. [0.98]" },
    queries: {
      type: "string",
      valueHint: "FILE",
      description: 'Questions to measure with: one a line, or {"query": …}. By default the table\'s own vectors.',
    },
    sample: { type: "string", valueHint: "N", description: `How many of those. [${DEFAULT_SAMPLE}]` },
    indices: {
      type: "string",
      valueHint: "LIST",
      description: `Of ${VECTOR_INDICES.join(", ")}. [${DEFAULT_INDICES.join(",")}]`,
    },
    "dry-run": { type: "boolean", description: "Measure and change nothing." },
    forget: { type: "boolean", description: "Go back to what the size of the table says." },
    ...settingArgs("embed", "store"),
  },
  changes: true,
  examples: [
    { command: "mdp index tune", summary: "At least 98 % of the nearest, as quick as can be" },
    { command: "mdp index tune --recall 0.99 --queries questions.txt", summary: "By questions that are really asked" },
    { command: "mdp index tune --type code --dry-run", summary: "Only the table of what was measured" },
    { command: "mdp index tune --forget", summary: "As before" },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    const types = typesOf(context);
    if (context.has("forget")) {
      const tables = await forgetTuning(project, settings, types);
      const names = tables.map(({ engine }) => engine).join(", ");
      await (context.json ? writeJson(tables) : writeOut(`searched by the size of the table again: ${names}\n`));
      return 0;
    }
    const request = {
      project,
      settings,
      types,
      recall: recallOf(context),
      indices: indicesOf(context),
      sample: wholeNumber(context, "sample") ?? DEFAULT_SAMPLE,
      queries: context.value("queries"),
      save: !context.has("dry-run"),
    };
    const quiet = context.quiet || context.json;
    const reports = await interruptible({ quiet, hint: "nothing was changed" }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      const onProgress = ({ engine, doing }: { engine: string; doing: string }) =>
        line.update(() => `${engine}: ${doing}`);
      return await tuneIndices({ ...request, signal, onProgress });
    }).catch((error: unknown) => {
      // LanceDB does not stop in the middle of an index, so that its copy may still be there.
      if (error instanceof InterruptedError) clearScratch(project);
      throw error;
    });
    await (context.json ? writeJson(reports) : writeOut(renderTuned(reports, paintFor(context.stdout))));
    return reports.some(({ trials, chosen }) => trials.length > 0 && chosen === null) ? 1 : 0;
  },
});

function recallOf(context: Context): number {
  const text = context.value("recall") ?? "0.98";
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value <= 1) return value;
  throw new UsageError(`--recall ${text} is not a share`, "write a number over 0 and up to 1, as 0.98");
}

function indicesOf(context: Context): VectorIndex[] {
  const text = context.value("indices");
  if (text === undefined) return [...DEFAULT_INDICES];
  return text.split(",").map((name) => {
    const known = VECTOR_INDICES.find((index) => index === name.trim().toUpperCase());
    if (known === undefined) throw new UsageError(`unknown index "${name}"`, `indices: ${VECTOR_INDICES.join(", ")}`);
    return known;
  });
}
