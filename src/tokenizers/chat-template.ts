/**
 * Chat templates: conversations as the text that a model was trained on, by the Jinja template in its files. Two things
 * are not as in Python: a boolean that is printed is `true`, not `True`, and whole floats lose their `.0`.
 */
import { MdpError, messageOf } from "../core/errors.ts";

export interface ChatMessage {
  role: string;
  /** Text; some templates take lists of parts, or nothing beside tool calls. */
  content?: unknown;
  [field: string]: unknown;
}

export interface ChatInput {
  messages: readonly ChatMessage[];
  /** Functions that the model may call, as JSON Schema. */
  tools?: readonly unknown[] | undefined;
  /** End with the beginning of an answer. Default: false. */
  addGenerationPrompt?: boolean | undefined;
  /** Texts of special tokens by their names in the files, e.g. `bos_token`. */
  tokens?: Readonly<Record<string, string>> | undefined;
  /** Anything else that the template reads, e.g. `documents`. */
  variables?: Readonly<Record<string, unknown>> | undefined;
  /**
   * What `strftime_now` tells, in local time. Without it templates find no such function and take their own default,
   * so that a text does not depend on the day on which it was made.
   */
  now?: Date | undefined;
}

export interface ChatTemplate {
  /** Throws an `MdpError` with what the template raised, or why it cannot be rendered. */
  render(input: ChatInput): string;
}

/** Parses a template; `where` names its file in errors. An `MdpError` when it is not valid Jinja. */
export async function parseChatTemplate(template: string, where?: string): Promise<ChatTemplate> {
  const { Environment, Interpreter, parse, tokenize } = await import("@huggingface/jinja");
  const program = (() => {
    try {
      return parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
    } catch (cause) {
      throw new MdpError({
        code: "chat-template-invalid",
        message: `the chat template cannot be read (${messageOf(cause)})`,
        where,
        hint: "compare it with the model's own tokenizer_config.json or chat_template.jinja",
        cause,
      });
    }
  })();
  return {
    render(input) {
      const environment = new Environment();
      for (const [name, value] of Object.entries(variablesOf(input))) environment.set(name, value);
      try {
        return String(new Interpreter(environment).run(program).value);
      } catch (cause) {
        throw new MdpError({
          code: "chat-template-failed",
          message: `the chat template refused the conversation (${messageOf(cause)})`,
          where,
          hint: "check the order of roles, and what the template expects beside messages",
          cause,
        });
      }
    },
  };
}

/** The same in one call, for a single conversation. */
export async function applyChatTemplate(template: string, input: ChatInput): Promise<string> {
  return (await parseChatTemplate(template)).render(input);
}

/**
 * The text of a row of JSONL in chat form: `messages`, and `tools` where the row has them.
 *
 * @throws MdpError when the row is not a conversation, or the template refuses it.
 */
export function renderChatDocument(
  template: ChatTemplate,
  row: Readonly<Record<string, unknown>>,
  options: Omit<ChatInput, "messages" | "tools"> = {},
): string {
  const { messages, tools } = row;
  if (!isConversation(messages)) {
    throw new MdpError({
      code: "not-a-conversation",
      message: '"messages" is not a list of objects with a "role"',
      hint: 'rows look like {"messages": [{"role": "user", "content": "…"}]}',
    });
  }
  return template.render({ ...options, messages, tools: Array.isArray(tools) ? tools : undefined });
}

function isConversation(messages: unknown): messages is ChatMessage[] {
  const isMessage = (message: unknown) =>
    typeof message === "object" && message !== null && typeof (message as ChatMessage).role === "string";
  return Array.isArray(messages) && messages.length > 0 && messages.every(isMessage);
}

/** Names as Python's transformers gives them, so that templates find what they were written for. */
function variablesOf({ messages, tools, addGenerationPrompt, tokens, variables, now }: ChatInput) {
  return {
    ...globals,
    ...(now ? { strftime_now: (format: string) => formatTime(now, format) } : {}),
    documents: null,
    ...tokens,
    ...variables,
    messages,
    tools: tools ?? null,
    add_generation_prompt: addGenerationPrompt ?? false,
  };
}

/** The limit of Python's sandbox. */
const MAX_RANGE = 100_000;

const globals = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  raise_exception(message: unknown): never {
    throw new Error(String(message));
  },
  range(start: number, stop?: number, step = 1): number[] {
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    const length = Math.max(0, Math.ceil((to - from) / step));
    if (!(length <= MAX_RANGE)) throw new Error(`range of ${length} numbers, more than ${MAX_RANGE}`);
    return Array.from({ length }, (_, i) => from + i * step);
  },
};

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** The directives of C's `strftime` that templates use, in English. */
function formatTime(time: Date, format: string): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const directives: Record<string, string> = {
    Y: String(time.getFullYear()),
    y: two(time.getFullYear() % 100),
    m: two(time.getMonth() + 1),
    d: two(time.getDate()),
    H: two(time.getHours()),
    I: two(time.getHours() % 12 || 12),
    M: two(time.getMinutes()),
    S: two(time.getSeconds()),
    p: time.getHours() < 12 ? "AM" : "PM",
    B: MONTHS[time.getMonth()]!,
    b: MONTHS[time.getMonth()]!.slice(0, 3),
    A: DAYS[time.getDay()]!,
    a: DAYS[time.getDay()]!.slice(0, 3),
    "%": "%",
  };
  return format.replace(/%(.)/gs, (whole, directive: string) => directives[directive] ?? whole);
}
