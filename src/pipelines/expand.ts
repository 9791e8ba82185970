/** `--expand`: a local model writes a query in other words. */
import { tokenDefaults } from "../models/generate/options.ts";
import { rewritesOf } from "../search/expand.ts";
import { type OpenModel, openModel } from "./generate/open.ts";
import { plainText } from "./generate/plain.ts";
import { type Conversation, encodePrompt, openConversation } from "./generate/prompt.ts";
import { run } from "./generate.ts";

/** Writes queries in other words. Dispose of it to free the model. */
export interface Rewriter extends Disposable {
  /** At most three, the same each time for a query; none where the model wrote nothing of use. */
  rewrite(query: string): Promise<string[]>;
}

/** Room for three lines. */
const MOST_TOKENS = 96;
/** Characters of a query that the model reads. */
const MOST_QUERY = 1000;

const TASK =
  "Write three other ways to ask the question below, with other words for the same things, such as a manual or a " +
  "program would use. One per line, and nothing else.";

/** @throws MdpError when the model cannot be used */
export async function openRewriter(model: string): Promise<Rewriter> {
  const request = { model, adapterPath: undefined, draftModel: undefined, extraEosTokens: [], idsOnly: false };
  const opened = await openModel(request);
  try {
    const conversation = await openConversation(opened, {
      ignoreChatTemplate: false,
      useDefaultChatTemplate: false,
      chatTemplateConfig: '{"enable_thinking": false}',
    });
    const plain = plainText(opened.tokenizer!);
    return {
      async rewrite(query) {
        const ids = idsOf(opened, conversation, plain(query.slice(0, MOST_QUERY).toWellFormed()));
        const most = opened.model.config.max_position_embeddings;
        if (typeof most === "number" && ids.length + MOST_TOKENS > most) return [];
        const options = { ...tokenDefaults, stops: ["\n\n\n"], numDraftTokens: 3, maxTokens: MOST_TOKENS };
        const { text } = await run({ options, ignoreEos: false, signal: new AbortController().signal }, opened, ids);
        return rewritesOf(text, query);
      },
      [Symbol.dispose]: () => opened[Symbol.dispose](),
    };
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
}

function idsOf({ tokenizer }: OpenModel, conversation: Conversation | undefined, query: string): number[] {
  const content = `${TASK}\n\nQuestion: ${query}`;
  if (conversation) return encodePrompt(tokenizer!, conversation.render([{ role: "user", content }], false), true);
  return encodePrompt(tokenizer!, `${content}\nOther ways to ask:\n1.`, false);
}
