/** `mdp chat`: a conversation with a model, line by line. */
import { InterruptedError, MdpError } from "../../core/errors.ts";
import { type ChatSession, openChat } from "../../pipelines/chat.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import {
  adapterPath,
  cacheArgs,
  generationOptions,
  modelArgs,
  requireModel,
  samplingArgs,
  templateArgs,
} from "../generation.ts";
import { readLines } from "../input.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeModelText, writeOut } from "../output.ts";
import { logFor } from "../ui/log.ts";

/** mlx-lm's. */
const MAX_TOKENS = 256;

const HELP = [
  "Write a line, and the model answers. Besides:",
  "  q or /exit    end the conversation",
  "  r or /reset   begin a new one",
  "  h or /help    show this",
].join("\n");

export default command({
  meta: { name: "chat", description: "Talk with a model: a line from you, an answer from it." },
  args: {
    ...modelArgs,
    "max-tokens": {
      type: "string",
      alias: "m",
      valueHint: "N",
      description: "Tokens of an answer at most; 256 by default, -1 without limit.",
    },
    ...samplingArgs,
    ...templateArgs,
    ...cacheArgs,
  },
  examples: [
    { command: "mdp chat --model ./qwen3", summary: "Ask and answer; q ends" },
    {
      command: "mdp chat --model ./qwen3 --system-prompt 'Answer in rhymes.' --temp 0.7",
      summary: "With instructions",
    },
    { command: "mdp chat --model ./qwen3 --json < questions.txt", summary: "An object for each line" },
  ],
  async run(context) {
    const request = {
      model: requireModel(context, "mdp chat"),
      adapterPath: adapterPath(context),
      extraEosTokens: context.values("extra-eos-token"),
      systemPrompt: context.value("system-prompt"),
      ignoreChatTemplate: false,
      useDefaultChatTemplate: context.has("use-default-chat-template"),
      chatTemplateConfig: context.value("chat-template-config"),
      options: generationOptions(context, MAX_TOKENS),
    };
    return await interruptible({ quiet: true }, async (signal) => {
      using session = await openChat(request);
      await converse(context, session, signal);
      return 0;
    });
  },
});

async function converse(context: Context, session: ChatSession, signal: AbortSignal): Promise<void> {
  const log = logFor(context);
  const typed = process.stdin.isTTY === true;
  if (typed) log.info(HELP);
  const ready = () => {
    if (typed) process.stderr.write(">> ");
  };
  const lines = readLines();
  const stopped = aborted(signal);
  for (;;) {
    ready();
    const line = await Promise.race([lines.next(), stopped]);
    const question = line.done ? undefined : line.value.trim();
    if (question === undefined || question === "q" || question === "/exit") break;
    if (question === "r" || question === "/reset") {
      session.reset();
      log.info("a new conversation");
    } else if (question === "h" || question === "/help") {
      log.info(HELP);
    } else if (question !== "") {
      await answer(context, session, question, signal).catch((error: unknown) => {
        if (!typed || !(error instanceof MdpError && error.code === "prompt-too-long")) throw error;
        log.warn(`${error.message}; r begins a new conversation`);
      });
    }
  }
  if (typed) process.stderr.write("\n");
}

async function answer(context: Context, session: ChatSession, question: string, signal: AbortSignal): Promise<void> {
  const onText = context.json ? () => {} : writeModelText;
  const report = await session.ask(question, { signal, onText });
  if (context.json) await writeJson(report);
  else if (!report.text.endsWith("\n")) await writeOut("\n");
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(new InterruptedError());
  signal.addEventListener("abort", () => reject(new InterruptedError()), { once: true });
  // It may come while an answer is written, which then ends by itself.
  promise.catch(() => {});
  return promise;
}
