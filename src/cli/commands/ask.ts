/** `mdp ask`: a local model answers from the project's passages, and says which. */
import { UsageError } from "../../core/errors.ts";
import { type AskReport, ask } from "../../pipelines/ask.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { adapterPath, generationOptions, samplingArgs } from "../generation.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeModelText, writeOut } from "../output.ts";
import { searchArgs, searchRequest } from "../search-args.ts";
import { settingArgs } from "../settings.ts";
import { GenerationDisplay } from "../ui/generate.ts";
import { logFor } from "../ui/log.ts";
import { safeLine } from "../ui/sanitize.ts";
import { wholeNumber } from "../values.ts";

const BUDGET = 4000;
const MAX_TOKENS = 512;
/** Here the model is the one that answers. */
const FLAGS = { decoder: "model", model: "embed-model" };
/** Models that think aloud are asked not to: what they think would count as the answer. */
const TEMPLATE_CONFIG = '{"enable_thinking": false}';

export default command({
  meta: {
    name: "ask",
    description: "Let a local model answer a question from the project's passages, with citations.",
  },
  args: {
    question: { type: "positional", description: "The question, in quotes.", required: true },
    // First in the help; the same flag is among those of the search.
    ...settingArgs({ section: "ask", names: FLAGS }),
    "adapter-path": { type: "string", valueHint: "DIR", description: "Folder of a trained adapter of that model." },
    budget: { type: "string", valueHint: "N", description: `Tokens of the sources at most. [${BUDGET}]` },
    "max-tokens": { type: "string", valueHint: "N", description: `Tokens of the answer at most. [${MAX_TOKENS}]` },
    "chat-template-config": {
      type: "string",
      valueHint: "JSON",
      description: `Variables of the chat template. [${TEMPLATE_CONFIG}]`,
    },
    "use-default-chat-template": { type: "boolean", description: "Use ChatML where the model has no chat template." },
    ...samplingArgs,
    ...searchArgs(FLAGS),
  },
  examples: [
    { command: 'mdp ask "how do I undo a commit?" --model ./qwen3', summary: "An answer with its sources" },
    {
      command: 'mdp ask "who calls parse_date?" --type code -k 20',
      summary: "From source code, by the model of mdp.yaml",
    },
    { command: 'mdp ask "what are the rate limits?" --json | jq .sources', summary: "For programs" },
  ],
  async run(context) {
    const question = context.positionals[0]!;
    const budget = wholeNumber(context, "budget") ?? BUDGET;
    const options = generationOptions(context, MAX_TOKENS);
    const request = await searchRequest(context);
    const { decoder } = request.settings.ask;
    if (decoder === undefined) {
      throw new UsageError(
        "mdp ask needs a model that answers, and none is set",
        "name a folder with --model ./qwen3, or set ask.decoder in mdp.yaml; mdp model list shows what is here",
      );
    }
    using display = new GenerationDisplay(context, false);
    const report = await interruptible({ quiet: context.quiet || context.json }, (signal) =>
      ask({
        ...request,
        question,
        model: decoder,
        adapterPath: adapterPath(context),
        budget,
        options,
        useDefaultChatTemplate: context.has("use-default-chat-template"),
        chatTemplateConfig: context.value("chat-template-config") ?? TEMPLATE_CONFIG,
        signal,
        onPrompt: (done, total) => display.prompt(done, total),
        onText: async (text) => {
          display.clear();
          if (!context.json) await writeModelText(text);
        },
      }),
    );
    display.clear();
    await (context.json ? writeJson(report) : finish(context, report));
    return 0;
  },
});

/** The cited places behind the answer; what is doubtful about it on stderr. */
async function finish(context: Context, { answer, sources, unknown, left_out }: AskReport): Promise<void> {
  const log = logFor(context);
  if (answer === null) {
    log.info("no passage found: no model was asked");
    return;
  }
  const cited = sources.filter((source) => source.cited).map(({ number, cite }) => `[${number}] ${safeLine(cite)}\n`);
  await writeOut(`${answer.endsWith("\n") ? "" : "\n"}${cited.length > 0 ? `\n${cited.join("")}` : ""}`);
  if (unknown.length > 0) {
    const named = unknown.map((number) => `[${number}]`).join(", ");
    log.warn(`the answer cites ${named}, which ${unknown.length === 1 ? "is no source" : "are no sources"}`);
  }
  if (cited.length === 0) {
    const given = sources.map(({ number, cite }) => `[${number}] ${safeLine(cite)}`).join(", ");
    log.warn(`the answer cites none of its sources: ${given}`);
  }
  if (left_out.count > 0)
    log.info(`for lack of room the model did not see ${left_out.places.map(safeLine).join(", ")}`);
}
