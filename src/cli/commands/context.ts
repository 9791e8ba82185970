/** `mdp context`: the best passages for a question as one text for a model, within a budget of tokens. */
import { UsageError } from "../../core/errors.ts";
import { type ContextReport, contextFor } from "../../pipelines/context.ts";
import { type ContextFormat, contextFormats } from "../../search/context/render.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { writeModelText, writeOut } from "../output.ts";
import { searchArgs, searchRequest } from "../search-args.ts";
import { formatCount, plural } from "../ui/format.ts";
import { logFor } from "../ui/log.ts";
import { safeLine } from "../ui/sanitize.ts";
import { oneOf, wholeNumber } from "../values.ts";

const FORMATS = Object.keys(contextFormats) as ContextFormat[];
const BUDGET = 4000;
/** Of the budget for each hit that is asked for where -k is left out. */
const TOKENS_PER_HIT = 200;
/** The most that a search gives. */
const MAX_HITS = 10_000;
/** Places of passages without room that are named on stderr. */
const PLACES = 5;

export default command({
  meta: {
    name: "context",
    description: "Put the best passages for a question, with what is around them, into one cited text of limited size.",
  },
  args: {
    query: { type: "positional", description: "The question, in quotes.", required: true },
    budget: { type: "string", valueHint: "N", description: `Tokens of the whole output at most. [${BUDGET}]` },
    format: {
      type: "string",
      valueHint: FORMATS.join("|"),
      description: "Markdown, XML or JSON. [md; json with --json]",
    },
    tokenizer: {
      type: "string",
      valueHint: "PATH|NAME",
      description:
        "Tokenizer that counts: a file, or a model's folder or name. By default that of the embedding model.",
    },
    ...searchArgs(),
  },
  examples: [
    { command: 'mdp context "how do I undo a commit?" --budget 2000', summary: "For the prompt of a model" },
    { command: 'mdp context "parse a date" --type code --format xml', summary: "Source code, as XML" },
    {
      command: 'mdp context "rate limits" --tokenizer ./qwen3 --json | jq -r ".sources[].cite"',
      summary: "Counted by the tokenizer of the model that will read it",
    },
  ],
  async run(context) {
    const question = context.positionals[0]!;
    const budget = wholeNumber(context, "budget") ?? BUDGET;
    const format = formatOf(context);
    const { settings, ...request } = await searchRequest(context);
    const { search } = settings;
    const k = context.value("k") === undefined ? Math.max(search.k, Math.ceil(budget / TOKENS_PER_HIT)) : search.k;
    const report = await contextFor({
      ...request,
      settings: { ...settings, search: { ...search, k: Math.min(k, MAX_HITS) } },
      question,
      budget,
      format,
      tokenizer: context.value("tokenizer"),
    });
    await (format === "json" ? writeOut(report.output) : writeModelText(report.output));
    tell(context, report);
    return 0;
  },
});

function formatOf(context: Context): ContextFormat {
  const format = oneOf(context, "format", FORMATS);
  if (context.json && format !== undefined && format !== "json") {
    throw new UsageError(`--json and --format ${format} contradict each other`, "keep one of them");
  }
  return context.json ? "json" : (format ?? "md");
}

/** On stderr, so that the text alone goes on to whoever reads it. */
function tell(context: Context, { view, tokens, budget, tokenizer, leftOut, hits }: ContextReport): void {
  const log = logFor({ quiet: context.quiet || context.json });
  if (hits === 0) {
    log.info("no passage found");
    return;
  }
  const files = new Set(view.pieces.map(({ path }) => path)).size;
  log.info(
    `${formatCount(tokens)} of ${formatCount(budget)} tokens by ${safeLine(tokenizer)}: ` +
      `${plural(view.pieces.length, "piece")} of ${plural(files, "file")}`,
  );
  if (leftOut.length === 0) return;
  const more = leftOut.length > PLACES ? `, and ${formatCount(leftOut.length - PLACES)} more` : "";
  log.info(`left out for the budget: ${leftOut.slice(0, PLACES).map(safeLine).join(", ")}${more}`);
}
