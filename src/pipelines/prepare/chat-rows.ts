/** Rows that are conversations, as the text that the tokenizer's chat template makes of them. */
import { MdpError } from "../../core/errors.ts";
import type { ReadContext } from "../../ingest/read.ts";
import { renderChatDocument } from "../../tokenizers/chat-template.ts";
import { type FoundChatTemplate, openChatTemplate } from "../../tokenizers/chat-template-files.ts";
import type { Plan } from "./plan.ts";

/** Kind of the documents that conversations become: the template has put the special tokens into their text. */
export const CHAT_KIND = "chat";

/**
 * For shards, unless it is switched off or a text field was named. Rows with a list of `messages` are conversations;
 * without a template they are refused, since nobody wants a model to learn their JSON.
 */
export async function openChatRows({ command, settings }: Plan): Promise<ReadContext["rowText"]> {
  const { tokenizer, chatTemplate } = settings.shard;
  if (command !== "shard" || chatTemplate === "off" || settings.ingest.textField !== undefined) return undefined;
  const found = await openChatTemplate(tokenizer!).catch((error: unknown) => {
    if (error instanceof MdpError && error.code === "chat-template-missing") return undefined;
    throw error;
  });
  return (values) => {
    if (!Array.isArray(values.messages)) return null;
    return { text: rendered(found, values), fields: ["messages", "tools"], kind: CHAT_KIND };
  };
}

function rendered(found: FoundChatTemplate | undefined, values: Readonly<Record<string, unknown>>): string {
  if (found) return renderChatDocument(found.template, values, { tokens: found.tokens });
  throw new MdpError({
    code: "chat-template-missing",
    message: "the row has messages, and the tokenizer has no chat template",
    hint: "put chat_template.jinja beside the tokenizer, name a text with --text-field, or set --chat-template off",
  });
}
