/** What GGUF needs of a model's `tokenizer.json` and the files beside it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { readJson, readOptionalJson } from "../json.ts";

const Merge = v.union([v.string(), v.tuple([v.string(), v.string()])]);
const AddedToken = v.object({ id: v.number(), content: v.string(), special: v.optional(v.boolean(), false) });

const TokenizerFile = v.object({
  added_tokens: v.nullish(v.array(AddedToken), []),
  normalizer: v.optional(v.unknown()),
  pre_tokenizer: v.optional(v.unknown()),
  post_processor: v.optional(v.unknown()),
  decoder: v.optional(v.unknown()),
  model: v.looseObject({
    type: v.nullish(v.string()),
    byte_fallback: v.nullish(v.boolean()),
    unk_token: v.nullish(v.string()),
    vocab: v.unknown(),
    merges: v.nullish(v.array(Merge), []),
  }),
});
export type TokenizerFile = v.InferOutput<typeof TokenizerFile>;

const Token = v.nullish(v.union([v.string(), v.object({ content: v.string() })]));
const TokenizerConfig = v.object({
  bos_token: Token,
  eos_token: Token,
  unk_token: Token,
  pad_token: Token,
  add_bos_token: v.nullish(v.boolean()),
  add_eos_token: v.nullish(v.boolean()),
  chat_template: v.optional(v.unknown()),
});

/** Special tokens by their use. */
const tokenUses = ["bos", "eos", "unk", "pad"] as const;
type TokenUse = (typeof tokenUses)[number];

export interface TokenizerParts {
  file: TokenizerFile;
  path: string;
  special: Partial<Record<TokenUse, string>>;
  addBos: boolean;
  addEos: boolean;
  chatTemplate: string | undefined;
}

/** @throws MdpError when the folder has no `tokenizer.json`, or one that cannot be understood */
export async function readTokenizerParts(dir: string): Promise<TokenizerParts> {
  const path = join(dir, "tokenizer.json");
  const file = await readJson(path, TokenizerFile);
  const config = await readOptionalJson(join(dir, "tokenizer_config.json"), TokenizerConfig);
  const special: Partial<Record<TokenUse, string>> = {};
  for (const use of tokenUses) {
    const token = config?.[`${use}_token`];
    const text = typeof token === "object" ? token?.content : token;
    if (text != null) special[use] = text;
  }
  const template = templateItems(file.post_processor);
  const around = (use: TokenUse, at: 0 | -1, stated: boolean | null | undefined) =>
    template === undefined ? (stated ?? false) : special[use] !== undefined && template.at(at) === special[use];
  return {
    file,
    path,
    special,
    addBos: around("bos", 0, config?.add_bos_token),
    addEos: around("eos", -1, config?.add_eos_token),
    chatTemplate: chatTemplate(dir, config?.chat_template),
  };
}

/** What stands around one text: names of special tokens, and "" for the text; undefined without a template. */
function templateItems(json: unknown): string[] | undefined {
  const step = (json ?? {}) as { type?: unknown; processors?: unknown; single?: unknown };
  if (step.type === "Sequence" && Array.isArray(step.processors)) {
    return step.processors.map(templateItems).find((items) => items !== undefined);
  }
  if (step.type !== "TemplateProcessing" || !Array.isArray(step.single)) return undefined;
  return step.single.map((item: { SpecialToken?: { id?: string } }) => item.SpecialToken?.id ?? "");
}

function chatTemplate(dir: string, stated: unknown): string | undefined {
  const file = join(dir, "chat_template.jinja");
  if (existsSync(file)) return readFileSync(file, "utf8");
  if (typeof stated === "string") return stated;
  const named = Array.isArray(stated) ? (stated as { name?: unknown; template?: unknown }[]) : [];
  const found = named.find(({ name }) => name === "default")?.template;
  return typeof found === "string" ? found : undefined;
}
