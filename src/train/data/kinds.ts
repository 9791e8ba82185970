/** Kinds of rows that a model learns to continue, mlx-lm's: `completions`, `chat` and `text`. */
import { MdpError } from "../../core/errors.ts";
import type { ChatMessage } from "../../tokenizers/chat-template.ts";
import type { FoundChatTemplate } from "../../tokenizers/chat-template-files.ts";
import { thinkingVariables } from "../../tokenizers/thinking.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { TrainSettings } from "../config.ts";
import { badRow, type Row, shown } from "./jsonl-rows.ts";
import { mayFill } from "./targets.ts";

export const rowKinds = ["completions", "chat", "text"] as const;
export type RowKind = (typeof rowKinds)[number];

/** What the rows are made to tokens with. */
export interface TextTools {
  tokenizer: Tokenizer;
  /** The model's end of text, where the tokenizer's files name none. */
  eos?: number | undefined;
  /** Opened when the rows need it: texts do not. */
  chatTemplate: () => Promise<FoundChatTemplate>;
}

export interface EncodedRow {
  ids: Uint32Array;
  /** Tokens at the start that are not learned. */
  offset: number;
}

export type RowSettings = Pick<
  TrainSettings,
  "promptFeature" | "completionFeature" | "chatFeature" | "textFeature" | "maskPrompt"
>;

/** How rows of one kind are checked and encoded. */
export interface RowCodec {
  kind: RowKind;
  /** @throws MdpError `bad-row` naming the row, the key, its value and what is expected */
  check(row: Row, where: string): void;
  /** @throws MdpError when the template refuses the row */
  encode(row: Row, where: string): EncodedRow;
  /** Whether a row, which was checked, may have nothing to learn in so many tokens; told from its texts alone. */
  isDoubtful(row: Row, maxSeqLength: number): boolean;
}

/** The kind is that of the first row, as with mlx-lm. @throws MdpError `bad-row` for keys of no kind, and for `--mask-prompt` with texts */
export async function openCodec(first: Row, where: string, settings: RowSettings, tools: TextTools): Promise<RowCodec> {
  const { promptFeature: prompt, completionFeature: completion, chatFeature: chat, textFeature: text } = settings;
  if (prompt in first && completion in first) return completionsCodec(settings, await openRenderer(tools));
  if (chat in first) return chatCodec(settings, await openRenderer(tools));
  if (text in first) {
    if (!settings.maskPrompt) return textCodec(settings, tools);
    throw badRow(where, "rows of text have no prompt to mask", "leave out --mask-prompt");
  }
  throw badRow(
    where,
    `the row has the keys ${shown(Object.keys(first))}; it needs "${prompt}" and "${completion}", "${chat}", or "${text}"`,
    "rename the keys, or name them with --prompt-feature, --completion-feature, --chat-feature or --text-feature",
  );
}

function textCodec({ textFeature }: RowSettings, { tokenizer, ...tools }: TextTools): RowCodec {
  const eos = tokenizer.special.eos ?? tools.eos;
  return {
    kind: "text",
    check: (row, where) => checkString(row, textFeature, where),
    encode(row) {
      const { ids } = tokenizer.encode(row[textFeature] as string);
      if (eos === undefined || ids.at(-1) === eos) return { ids, offset: 0 };
      const ended = new Uint32Array(ids.length + 1);
      ended.set(ids);
      ended[ids.length] = eos;
      return { ids: ended, offset: 0 };
    },
    isDoubtful: (row) => (row[textFeature] as string).length < SHORT_TEXT,
  };
}

function completionsCodec(settings: RowSettings, render: Render): RowCodec {
  const { promptFeature, completionFeature, maskPrompt } = settings;
  return {
    kind: "completions",
    check(row, where) {
      checkString(row, promptFeature, where);
      checkString(row, completionFeature, where);
      checkTools(row, where);
    },
    encode(row, where) {
      const prompt = [{ role: "user", content: row[promptFeature] }];
      const all = [...prompt, { role: "assistant", content: row[completionFeature] }];
      const ids = render(all, row, false, where);
      return { ids, offset: maskPrompt ? render(prompt, row, true, where).length : 0 };
    },
    isDoubtful: (row, maxSeqLength) =>
      maskPrompt && (isBlank(row[completionFeature]) || mayFill([row[promptFeature], row.tools], maxSeqLength)),
  };
}

function chatCodec({ chatFeature, maskPrompt }: RowSettings, render: Render): RowCodec {
  return {
    kind: "chat",
    check(row, where) {
      checkMessages(row, chatFeature, where);
      checkTools(row, where);
    },
    encode(row, where) {
      const messages = row[chatFeature] as ChatMessage[];
      const ids = render(messages, row, false, where);
      if (!maskPrompt) return { ids, offset: 0 };
      const answers = messages.at(-1)!.role === "assistant";
      return { ids, offset: render(messages.slice(0, -1), row, answers, where).length };
    },
    isDoubtful(row, maxSeqLength) {
      const messages = row[chatFeature] as ChatMessage[];
      return (
        maskPrompt && (isBlank(messages.at(-1)!.content) || mayFill([messages.slice(0, -1), row.tools], maxSeqLength))
      );
    },
  };
}

/** Characters that may be one token. */
const SHORT_TEXT = 16;

const isBlank = (content: unknown) => typeof content !== "string" || content.trim() === "";

/** Ids of a conversation; `row` brings its tools. */
export type Render = (
  messages: readonly ChatMessage[],
  row: Row,
  addGenerationPrompt: boolean,
  where: string,
) => Uint32Array;

/** Conversations as tokens. @throws MdpError when the model has no chat template */
export async function openRenderer({ tokenizer, chatTemplate }: TextTools): Promise<Render> {
  const { template, tokens } = await chatTemplate();
  const variables = thinkingVariables(tokenizer);
  return (messages, row, addGenerationPrompt, where) => {
    const tools = Array.isArray(row.tools) ? row.tools : undefined;
    const input = { messages, tools, addGenerationPrompt, tokens, variables };
    try {
      return tokenizer.encode(template.render(input), { specialTokens: false }).ids;
    } catch (error) {
      if (!(error instanceof MdpError)) throw error;
      const { code, message, hint } = error;
      throw new MdpError({ code, message, where, hint, cause: error });
    }
  };
}

/** @throws MdpError `bad-row` unless the key holds a string */
export function checkString(row: Row, key: string, where: string): void {
  if (typeof row[key] === "string") return;
  throw wrongValue(row, key, where, "a text");
}

/** @throws MdpError `bad-row` unless the key holds a list of messages */
export function checkMessages(row: Row, key: string, where: string): void {
  const messages = row[key];
  if (!Array.isArray(messages) || messages.length === 0) throw wrongValue(row, key, where, "a list of messages");
  for (const [index, message] of messages.entries()) {
    const isMessage = typeof message === "object" && message !== null && typeof message.role === "string";
    if (isMessage) continue;
    throw badRow(where, `${key}[${index}] is ${shown(message)}, not an object with a "role"`, CHAT_HINT);
  }
}

const CHAT_HINT = 'messages look like {"role": "user", "content": "…"}';

function checkTools(row: Row, where: string): void {
  const { tools } = row;
  if (tools !== undefined && tools !== null && !Array.isArray(tools)) throw wrongValue(row, "tools", where, "a list");
}

function wrongValue(row: Row, key: string, where: string, expected: string): MdpError {
  const message = key in row ? `"${key}" is ${shown(row[key])}, not ${expected}` : `the row has no "${key}"`;
  return badRow(where, message, "all rows of the files are of the kind of the first: mend this one or take it out");
}
