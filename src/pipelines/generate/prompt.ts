/** The prompt as a model's tokens: plain text, a conversation through the model's chat template, or ids as they are. */
import { MdpError, messageOf } from "../../core/errors.ts";
import { type ChatMessage, type ChatTemplate, parseChatTemplate } from "../../tokenizers/chat-template.ts";
import { type FoundChatTemplate, openChatTemplate } from "../../tokenizers/chat-template-files.ts";
import { thinkingVariables } from "../../tokenizers/thinking.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { OpenModel } from "./open.ts";

export interface ChatTemplateOptions {
  /** The prompt goes to the model as it is. */
  ignoreChatTemplate: boolean;
  /** A plain template, for a model that has none. */
  useDefaultChatTemplate: boolean;
  /** Variables of the template, as a JSON object. */
  chatTemplateConfig?: string | undefined;
}

/** For models without a template: each message between marks, as in ChatML. */
const DEFAULT_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/** Writes conversations as a model's text. */
export interface Conversation {
  /** @param open end inside the last message, so that it can be gone on with */
  render(messages: readonly ChatMessage[], open: boolean): string;
}

/** The template of a model's folder; undefined where it has none, or where it is not wanted. */
export async function openConversation(
  { model, tokenizer }: OpenModel,
  options: ChatTemplateOptions,
): Promise<Conversation | undefined> {
  const given = variablesOf(options.chatTemplateConfig);
  if (options.ignoreChatTemplate) return undefined;
  const variables = { ...(tokenizer && thinkingVariables(tokenizer)), ...given };
  const found =
    (await ownTemplate(model.dir)) ?? (options.useDefaultChatTemplate ? await defaultTemplate() : undefined);
  return found && { render: (messages, open) => render(found, messages, open, variables) };
}

async function ownTemplate(dir: string): Promise<FoundChatTemplate | undefined> {
  try {
    return await openChatTemplate(dir);
  } catch (error) {
    if (error instanceof MdpError && error.code === "chat-template-missing") return undefined;
    throw error;
  }
}

async function defaultTemplate(): Promise<FoundChatTemplate> {
  return { template: await parseChatTemplate(DEFAULT_TEMPLATE), tokens: {} };
}

function render(
  { template, tokens }: { template: ChatTemplate; tokens: Readonly<Record<string, string>> },
  messages: readonly ChatMessage[],
  open: boolean,
  variables: Readonly<Record<string, unknown>>,
): string {
  const text = template.render({ messages, tokens, variables, addGenerationPrompt: !open });
  if (!open) return text;
  const content = String(messages.at(-1)?.content ?? "").trim();
  const place = text.lastIndexOf(content);
  if (place >= 0) return text.slice(0, place + content.length);
  throw new MdpError({
    code: "chat-template-failed",
    message: "the chat template changes the last message, so that it cannot be gone on with",
    hint: "leave out --prefill-response, or use --ignore-chat-template",
  });
}

function variablesOf(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  let value: unknown;
  let why = "it is not an object";
  try {
    value = JSON.parse(json);
  } catch (cause) {
    why = messageOf(cause);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new MdpError({
    code: "option-invalid",
    message: `chat-template-config is not a JSON object (${why})`,
    hint: `write for example '{"enable_thinking": false}'`,
  });
}

export interface PromptParts {
  prompt: string;
  systemPrompt?: string | undefined;
  /** The beginning of the answer. */
  prefillResponse?: string | undefined;
}

/**
 * The conversation of one question.
 * @param part all of it; `suffix`: without what stands before the question, as a cache holds that; `prefix`: as a
 * question that is still open, for such a cache
 */
export function questionText(
  conversation: Conversation,
  { prompt, systemPrompt, prefillResponse }: PromptParts,
  part: "all" | "prefix" | "suffix",
): string {
  const messages = (content: string) => [
    ...(systemPrompt === undefined ? [] : [{ role: "system", content: systemPrompt }]),
    { role: "user", content },
    ...(prefillResponse === undefined || part === "prefix" ? [] : [{ role: "assistant", content: prefillResponse }]),
  ];
  const open = part === "prefix" || prefillResponse !== undefined;
  const text = conversation.render(messages(prompt), open);
  if (part !== "suffix") return text;
  let mark = "<query>";
  while (systemPrompt?.includes(mark)) mark = `<${mark}>`;
  const place = conversation.render(messages(mark), open).indexOf(mark);
  if (place >= 0) return text.slice(place);
  throw new MdpError({
    code: "chat-template-failed",
    message: "the chat template changes the question, so that it cannot be told from what the prompt cache holds",
    hint: "leave out --prompt-cache-file, or use --ignore-chat-template",
  });
}

/** Ids of a text; a template has put special tokens in already. */
export function encodePrompt(tokenizer: Tokenizer, text: string, fromTemplate: boolean): number[] {
  return Array.from(tokenizer.encode(text, { specialTokens: !fromTemplate }).ids);
}
