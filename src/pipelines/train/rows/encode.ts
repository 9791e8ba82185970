/** A JSONL file of rows to train on, as ids: texts, prompts with answers, or conversations, as mlx-lm takes them. */
import { MdpError, messageOf, UsageError } from "../../../core/errors.ts";
import { openChatTemplate } from "../../../tokenizers/chat-template-files.ts";
import { IdBuffer } from "../../../tokenizers/id-buffer.ts";
import { openTokenizer } from "../../../tokenizers/open.ts";
import type { TrainSettings } from "../../../train/config.ts";

/** All rows of a file, one after another in one array. */
export interface EncodedRows {
  path: string;
  count: number;
  ids: Uint32Array;
  /** Row `i` is `ids[starts[i], starts[i + 1])`. */
  starts: Float64Array;
  /** Tokens of the prompt that do not count; 0 where all count. */
  prompts: Uint32Array;
  /** 1-based line of each row. */
  lines: Uint32Array;
}

export type EncodeRow = (row: Readonly<Record<string, unknown>>, out: IdBuffer) => number;

type RowSettings = Pick<
  TrainSettings,
  "maskPrompt" | "promptFeature" | "completionFeature" | "chatFeature" | "textFeature"
>;

/** Turns rows into ids with a model's tokenizer and chat template. */
export async function openRowEncoder(modelDir: string, eosId: number | undefined, settings: RowSettings) {
  const tokenizer = await openTokenizer(modelDir);
  let chat: Awaited<ReturnType<typeof openChatTemplate>> | undefined;
  const { promptFeature, completionFeature, chatFeature, textFeature, maskPrompt } = settings;
  const eos = tokenizer.special.eos ?? eosId;

  const encodeText: EncodeRow = (row, out) => {
    const begin = out.length;
    out.append(tokenizer.encode(textOf(row, textFeature)).ids);
    if (eos !== undefined && (out.length === begin || out.ids[out.length - 1] !== eos)) out.push(eos);
    return 0;
  };

  const encodeMessages = (messages: readonly Message[], tools: unknown, out: IdBuffer): number => {
    const render = (part: readonly Message[], addGenerationPrompt: boolean) =>
      chat!.template.render({
        messages: part,
        tools: Array.isArray(tools) ? tools : undefined,
        addGenerationPrompt,
        tokens: chat!.tokens,
      });
    const encode = (text: string) => tokenizer.encode(text, { specialTokens: false }).ids;
    out.append(encode(render(messages, false)));
    if (!maskPrompt) return 0;
    return encode(render(messages.slice(0, -1), messages.at(-1)!.role === "assistant")).length;
  };

  const encodePair: EncodeRow = (row, out) =>
    encodeMessages(
      [
        { role: "user", content: textOf(row, promptFeature) },
        { role: "assistant", content: textOf(row, completionFeature) },
      ],
      row.tools,
      out,
    );

  const encodeChat: EncodeRow = (row, out) => encodeMessages(messagesOf(row, chatFeature), row.tools, out);

  /** The kind of all rows is that of the first. */
  const kindOf = async (row: Readonly<Record<string, unknown>>): Promise<EncodeRow> => {
    if (promptFeature in row && completionFeature in row) {
      chat ??= await openChatTemplate(modelDir);
      return encodePair;
    }
    if (chatFeature in row) {
      chat ??= await openChatTemplate(modelDir);
      return encodeChat;
    }
    if (!(textFeature in row)) {
      const known = `"${promptFeature}" and "${completionFeature}", "${chatFeature}" or "${textFeature}"`;
      throw badRow(`the row has none of ${known}`);
    }
    if (maskPrompt) throw new UsageError("--mask-prompt needs rows with a prompt, these are texts", "leave it out");
    return encodeText;
  };
  return { kindOf };
}

interface Message {
  role: string;
  [field: string]: unknown;
}

/** @throws MdpError `bad-row` with file and line */
export async function encodeRows(
  path: string,
  encoder: Awaited<ReturnType<typeof openRowEncoder>>,
): Promise<EncodedRows> {
  const out = new IdBuffer(65_536);
  const starts: number[] = [0];
  const prompts: number[] = [];
  const lines: number[] = [];
  let encode: EncodeRow | undefined;
  let number = 0;
  const decoder = new TextDecoder();
  let rest = "";
  const take = async (line: string) => {
    number++;
    if (line.trim() === "") return;
    try {
      const row: unknown = JSON.parse(line);
      if (typeof row !== "object" || row === null || Array.isArray(row)) throw badRow("the line is no object");
      encode ??= await encoder.kindOf(row as Record<string, unknown>);
      prompts.push(encode(row as Record<string, unknown>, out));
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      throw badRow(messageOf(cause), `${path}:${number}`);
    }
    starts.push(out.length);
    lines.push(number);
  };
  for await (const part of Bun.file(path).stream()) {
    const text = rest + decoder.decode(part, { stream: true });
    const found = text.split("\n");
    rest = found.pop()!;
    for (const line of found) await take(line);
  }
  await take(rest + decoder.decode());
  return {
    path,
    count: lines.length,
    ids: out.toArray(),
    starts: Float64Array.from(starts),
    prompts: Uint32Array.from(prompts),
    lines: Uint32Array.from(lines),
  };
}

function textOf(row: Readonly<Record<string, unknown>>, key: string): string {
  const text = row[key];
  if (typeof text === "string") return text;
  throw badRow(`"${key}" is ${text === undefined ? "missing" : "no text"}`);
}

function messagesOf(row: Readonly<Record<string, unknown>>, key: string): Message[] {
  const messages = row[key];
  const isMessage = (message: unknown) => typeof (message as Message | null)?.role === "string";
  if (Array.isArray(messages) && messages.length > 0 && messages.every(isMessage)) return messages;
  throw badRow(`"${key}" is no list of objects with a "role"`);
}

function badRow(message: string, where?: string): MdpError {
  const hint =
    'rows look like {"text": "…"}, {"prompt": "…", "completion": "…"} or {"messages": [{"role": "user", …}]}';
  return new MdpError({ code: "bad-row", message, where, hint });
}
