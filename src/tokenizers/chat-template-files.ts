/** Finds a model's chat template and the tokens that it uses. */
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MdpError } from "../core/errors.ts";
import { type ChatTemplate, parseChatTemplate } from "./chat-template.ts";

export interface FoundChatTemplate {
  template: ChatTemplate;
  /** Texts of special tokens, e.g. `bos_token`, for `ChatInput.tokens`. */
  tokens: Record<string, string>;
}

const NAMED_TOKEN = /^[a-z]+_token$/;

/**
 * Reads `chat_template.jinja`, or `chat_template` of `tokenizer_config.json`, from a model's folder or beside the given
 * file; a `.jinja` file is taken itself. Of several templates it is the one called `name`, from the list in
 * `tokenizer_config.json` or the folder `additional_chat_templates`.
 *
 * @throws MdpError when there is none, naming those that exist.
 */
export async function openChatTemplate(path: string, name = "default"): Promise<FoundChatTemplate> {
  const folder = await folderOf(path);
  const config = await jsonOf(join(folder, "tokenizer_config.json"));
  const tokens = { ...tokensOf(await jsonOf(join(folder, "special_tokens_map.json"))), ...tokensOf(config) };
  const own = name === "default" ? "chat_template.jinja" : join("additional_chat_templates", `${name}.jinja`);
  const file = path.endsWith(".jinja") ? path : join(folder, own);
  if (await Bun.file(file).exists()) {
    return { template: await parseChatTemplate(await Bun.file(file).text(), file), tokens };
  }
  const named = templatesOf(config.chat_template);
  const source = named.get(name);
  if (source === undefined) {
    const known = [...named.keys()].join(", ");
    throw new MdpError({
      code: "chat-template-missing",
      message: `there is no chat template${name === "default" ? "" : ` "${name}"`}${known && `; known: ${known}`}`,
      where: folder,
      hint: "name a folder with chat_template.jinja or tokenizer_config.json, or a .jinja file",
    });
  }
  return { template: await parseChatTemplate(source, join(folder, "tokenizer_config.json")), tokens };
}

async function folderOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ? path : dirname(path);
}

async function jsonOf(path: string): Promise<Record<string, unknown>> {
  const file = Bun.file(path);
  if (!(await file.exists())) return {};
  const value: unknown = await file.json().catch(() => undefined);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** One template is called `default`; several are a list with names. */
function templatesOf(value: unknown): Map<string, string> {
  if (typeof value === "string") return new Map([["default", value]]);
  if (!Array.isArray(value)) return new Map();
  const named = value as { name?: unknown; template?: unknown }[];
  return new Map(named.map(({ name, template }) => [String(name), String(template)]));
}

function tokensOf(file: Record<string, unknown>): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [name, value] of Object.entries(file)) {
    if (!NAMED_TOKEN.test(name)) continue;
    const text = typeof value === "object" && value !== null ? (value as { content?: unknown }).content : value;
    if (typeof text === "string") tokens[name] = text;
  }
  return tokens;
}
