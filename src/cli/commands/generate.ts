/** `mdp generate`: a prompt in, its continuation out, as the model writes it. */
import { UsageError } from "../../core/errors.ts";
import { type GenerateRequest, generate, modelOfPrompt, savePrompt } from "../../pipelines/generate.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import {
  adapterPath,
  cacheArgs,
  generationOptions,
  modelArgs,
  requireModel,
  samplingArgs,
  switchOf,
  templateArgs,
  unescaped,
} from "../generation.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson, writeModelText, writeOut } from "../output.ts";
import { GenerationDisplay } from "../ui/generate.ts";

/** mlx-lm's. */
const MAX_TOKENS = 100;

export default command({
  meta: { name: "generate", description: "Let a model go on with a prompt, with mlx-lm's flags." },
  args: {
    ...modelArgs,
    prompt: {
      type: "string",
      alias: "p",
      valueHint: "TEXT",
      description: "What the model answers; - reads stdin. By default: hello.",
    },
    "prompt-ids": { type: "string", valueHint: "N,…", description: "Ids of the prompt's tokens, in place of text." },
    "max-tokens": {
      type: "string",
      alias: "m",
      valueHint: "N",
      description: "Tokens to generate at most; 100 by default, -1 without limit.",
    },
    ...samplingArgs,
    ...templateArgs,
    "ignore-chat-template": { type: "boolean", description: "Give the prompt to the model as it is." },
    "prefill-response": { type: "string", valueHint: "TEXT", description: "The beginning of the answer." },
    "ignore-eos": { type: "boolean", description: "Go on where the model would end its text." },
    ...cacheArgs,
    "draft-model": { type: "string", valueHint: "DIR", description: "A smaller model that guesses ahead." },
    "num-draft-tokens": {
      type: "string",
      valueHint: "N",
      description: "Tokens that it guesses at once; 3 by default.",
    },
    "prompt-cache-file": {
      type: "string",
      valueHint: "FILE",
      description: "Go on from a cache that was saved, of what stands before the prompt.",
    },
    "save-prompt-cache": {
      type: "string",
      valueHint: "FILE",
      description: "Save the cache of the prompt, and generate nothing.",
    },
    stream: { type: "boolean", description: "Text as it comes, which is so in any case without --json." },
    verbose: {
      type: "string",
      valueHint: "true|false",
      description: "Statistics on stderr; by default on a terminal.",
    },
  },
  examples: [
    { command: 'mdp generate --model ./qwen3 --prompt "Why is the sky blue?"', summary: "An answer, word by word" },
    { command: "mdp generate --model ./qwen3 --adapter adapters -p hi", summary: "With a trained adapter" },
    {
      command: "mdp generate --model ./qwen3 -p - --save-prompt-cache book.safetensors < book.txt",
      summary: "Read once",
    },
    { command: "echo 'Name a colour.' | mdp generate --model ./qwen3 -p - --json", summary: "For programs" },
  ],
  async run(context) {
    const request = await requestOf(context);
    const file = context.value("save-prompt-cache");
    if (file !== undefined) return await save(context, request, file);
    using display = new GenerationDisplay(context, switchOf(context, "verbose"));
    const report = await interruptible({ quiet: context.quiet || context.json }, (signal) =>
      generate({
        ...request,
        signal,
        onPrompt: (done, total) => display.prompt(done, total),
        onText: async (text) => {
          display.clear();
          if (!context.json) await writeModelText(text);
        },
      }),
    );
    display.clear();
    if (context.json) {
      await writeJson(report);
    } else {
      if (!report.text.endsWith("\n")) await writeOut("\n");
      display.statistics(report);
    }
    return 0;
  },
});

async function save(context: Context, request: Omit<GenerateRequest, "signal">, file: string): Promise<number> {
  if (request.promptCacheFile !== undefined || request.draftModel !== undefined) {
    throw new UsageError("--save-prompt-cache begins a cache", "leave out --prompt-cache-file and --draft-model");
  }
  using display = new GenerationDisplay(context, switchOf(context, "verbose"));
  const saved = await interruptible({ quiet: context.quiet || context.json }, (signal) =>
    savePrompt({ ...request, signal, onPrompt: (done, total) => display.prompt(done, total) }, file),
  );
  display.clear();
  if (context.json) await writeJson(saved);
  else display.saved(saved);
  return 0;
}

async function requestOf(context: Context): Promise<Omit<GenerateRequest, "signal">> {
  const cached = context.value("prompt-cache-file");
  const model = context.value("model") ?? (cached === undefined ? undefined : modelOfPrompt(cached));
  return {
    model: model ?? requireModel(context, "mdp generate"),
    adapterPath: adapterPath(context),
    draftModel: context.value("draft-model"),
    extraEosTokens: context.values("extra-eos-token"),
    prompt: await promptOf(context),
    systemPrompt: context.value("system-prompt"),
    prefillResponse: context.value("prefill-response"),
    ignoreChatTemplate: context.has("ignore-chat-template"),
    useDefaultChatTemplate: context.has("use-default-chat-template"),
    chatTemplateConfig: context.value("chat-template-config"),
    promptCacheFile: cached,
    ignoreEos: context.has("ignore-eos"),
    options: generationOptions(context, MAX_TOKENS),
  };
}

/** Text, with `\n` and `\t` as mlx-lm reads them, or ids. */
async function promptOf(context: Context): Promise<string | number[]> {
  const ids = context.value("prompt-ids");
  const prompt = context.value("prompt");
  if (ids !== undefined) {
    if (prompt !== undefined)
      throw new UsageError("--prompt and --prompt-ids contradict each other", "keep one of them");
    return ids.split(",").map((id) => {
      if (/^\s*\d+\s*$/.test(id)) return Number(id);
      throw new UsageError(`--prompt-ids has "${id}", which is no token id`, "write for example --prompt-ids 1,10,50");
    });
  }
  if (prompt === "-") return await Bun.stdin.text();
  return unescaped(prompt ?? "hello");
}
