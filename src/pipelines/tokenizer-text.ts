/** Texts and conversations into ids and back by any tokenizer, and what a tokenizer is. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import { readTextRows } from "../embed/text-rows.ts";
import { renderChatDocument } from "../tokenizers/chat-template.ts";
import { openChatTemplate } from "../tokenizers/chat-template-files.ts";
import { IdBuffer } from "../tokenizers/id-buffer.ts";
import { openTokenizer } from "../tokenizers/open.ts";
import type { SpecialTokens, Tokenizer } from "../tokenizers/tokenizer.ts";
import { openInput } from "./input.ts";

export interface ConvertRequest {
  /** A file, or `-` for standard input. */
  input: string;
  /** A `tokenizer.json`, a SentencePiece `.model`, or a folder that holds one. */
  tokenizer: string;
  /** Encoding: put the model's own tokens around each text. Decoding: keep special tokens in it. */
  specialTokens: boolean;
  /** One object per line instead of its bare value. */
  objects: boolean;
  writeOut: (text: string) => Promise<void>;
}

export interface EncodeRequest extends ConvertRequest {
  /** What a line is: a text, an object with `text`, or an object with `messages` for the model's chat template. */
  rows: "lines" | "jsonl" | "chat";
  /** Folder or file of the chat template, where it does not lie beside the tokenizer. */
  chatTemplate?: string | undefined;
}

export interface ConvertReport {
  texts: number;
  tokens: number;
}

/** Output is gathered up to this length, so that short lines are not written one by one. UTF-16 code units. */
const WRITE_LENGTH = 1 << 16;

/**
 * Writes one line of JSON for each text: its ids, or with `objects` also the tokens and their spans.
 *
 * @throws MdpError `not-found` for a missing file, `bad-row` naming the line.
 */
export async function encodeTexts(request: EncodeRequest): Promise<ConvertReport> {
  const { specialTokens, objects } = request;
  const tokenizer = await openTokenizer(request.tokenizer);
  const report: ConvertReport = { texts: 0, tokens: 0 };
  const buffer = new IdBuffer();
  await writeLines(request.writeOut, textsOf(request), (text) => {
    report.texts++;
    if (objects || specialTokens) {
      const { ids, starts, ends } = tokenizer.encode(text, { specialTokens });
      report.tokens += ids.length;
      const list = Array.from(ids);
      if (!objects) return JSON.stringify(list);
      const tokens = list.map((id) => tokenizer.idToToken(id) ?? null);
      return JSON.stringify({ ids: list, tokens, starts: Array.from(starts), ends: Array.from(ends) });
    }
    buffer.clear();
    tokenizer.encodeInto(text, buffer);
    report.tokens += buffer.length;
    return `[${buffer.ids.subarray(0, buffer.length).join(",")}]`;
  });
  return report;
}

async function* textsOf({ input, rows, chatTemplate, tokenizer }: EncodeRequest): AsyncGenerator<string> {
  const bytes = await openInput(input);
  if (rows !== "chat") {
    for await (const { text } of readTextRows(bytes, { jsonl: rows === "jsonl", where: input })) yield text;
    return;
  }
  const { template, tokens } = await openChatTemplate(chatTemplate ?? tokenizer);
  let line = 0;
  for await (const { text } of readTextRows(bytes, { jsonl: false, where: input })) {
    line++;
    if (text.trim() === "") continue;
    const row = v.safeParse(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())), text);
    const where = `${input}:${line}`;
    if (!row.success) throw badRow("the line is not an object of JSON", where, CHAT_HINT);
    try {
      yield renderChatDocument(template, row.output, { tokens });
    } catch (error) {
      throw error instanceof MdpError ? badRow(error.message, where, error.hint ?? CHAT_HINT) : error;
    }
  }
}

const CHAT_HINT = 'rows look like {"messages": [{"role": "user", "content": "…"}]}';

async function writeLines<T>(
  writeOut: (text: string) => Promise<void>,
  items: AsyncIterable<T>,
  lineOf: (item: T) => string,
): Promise<void> {
  let text = "";
  try {
    for await (const item of items) {
      text += `${lineOf(item)}\n`;
      if (text.length < WRITE_LENGTH) continue;
      await writeOut(text);
      text = "";
    }
  } finally {
    // What was made before a bad row is still told.
    if (text !== "") await writeOut(text);
  }
}

const Ids = v.union([
  v.array(v.pipe(v.number(), v.integer())),
  v.looseObject({ ids: v.array(v.pipe(v.number(), v.integer())) }),
]);

/**
 * Writes the text of each line of ids, `[1, 2]` or `{"ids": [1, 2]}`; with `objects` as a line of JSON.
 *
 * @throws MdpError `bad-row` naming the line, also for an id that the vocabulary does not have.
 */
export async function decodeIds(request: ConvertRequest): Promise<ConvertReport> {
  const { input, specialTokens, objects } = request;
  const tokenizer = await openTokenizer(request.tokenizer);
  const report: ConvertReport = { texts: 0, tokens: 0 };
  const rows = readTextRows(await openInput(input), { jsonl: false, where: input });
  await writeLines(request.writeOut, idsOf(rows, tokenizer, input), (ids) => {
    const text = tokenizer.decode(ids, { skipSpecialTokens: !specialTokens });
    report.texts++;
    report.tokens += ids.length;
    return objects ? JSON.stringify({ text }) : text;
  });
  return report;
}

async function* idsOf(
  rows: AsyncIterable<{ text: string }>,
  tokenizer: Tokenizer,
  where: string,
): AsyncGenerator<number[]> {
  let line = 0;
  for await (const { text } of rows) {
    line++;
    if (text.trim() !== "") yield parseIds(text, tokenizer, `${where}:${line}`);
  }
}

function parseIds(row: string, tokenizer: Tokenizer, where: string): number[] {
  const hint = "each line is a list of ids such as [464, 3290], as mdp tokenizer encode writes it";
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Ids), row);
  if (!parsed.success) throw badRow("the line is not a list of ids", where, hint);
  const ids = Array.isArray(parsed.output) ? parsed.output : parsed.output.ids;
  const unknown = ids.find((id) => tokenizer.idToToken(id) === undefined);
  if (unknown === undefined) return ids;
  const message = `no token has the id ${unknown}; the vocabulary has ${tokenizer.vocabSize}`;
  throw badRow(message, where, "decode with the tokenizer that made the ids");
}

/** Leaving the row out would shift every row after it. */
function badRow(message: string, where: string, hint: string): MdpError {
  return new MdpError({ code: "bad-row", message, where, hint });
}

/** The largest vocabulary whose ids fit 16 bits. */
const U16_IDS = 65_536;

/** What holds every id of a vocabulary. */
export function idWidth(vocabSize: number): "u16" | "u32" {
  return vocabSize <= U16_IDS ? "u16" : "u32";
}

export interface TokenizerDetails {
  path: string;
  model: string;
  vocabSize: number;
  /** Integers that hold every id. */
  ids: "u16" | "u32";
  /** Tokens with a role, by role. */
  special: Partial<Record<keyof SpecialTokens, { id: number; token: string }>>;
  /** Tokens that are found in texts before the model sees them; null when the file does not list them. */
  addedTokens: number | null;
  normalizer: string | null;
  preTokenizer: string | null;
  decoder: string | null;
  postProcessor: string | null;
  /** SHA-256 of its file. */
  sha256: string;
}

/** Describes a tokenizer. @throws MdpError when there is none, or it has a part that is not supported */
export async function inspectTokenizer(path: string): Promise<TokenizerDetails> {
  const tokenizer = await openTokenizer(path);
  const file = await tokenizerJson(path);
  const special: TokenizerDetails["special"] = {};
  for (const [role, id] of Object.entries(tokenizer.special) as [keyof SpecialTokens, number][]) {
    special[role] = { id, token: tokenizer.idToToken(id) ?? "" };
  }
  return {
    path,
    model: tokenizer.model,
    vocabSize: tokenizer.vocabSize,
    ids: idWidth(tokenizer.vocabSize),
    special,
    addedTokens: Array.isArray(file?.added_tokens) ? file.added_tokens.length : null,
    normalizer: kindOf(file?.normalizer),
    preTokenizer: kindOf(file?.pre_tokenizer),
    decoder: kindOf(file?.decoder),
    postProcessor: kindOf(file?.post_processor),
    sha256: tokenizer.sha256,
  };
}

/** The parts of a `tokenizer.json`; a SentencePiece model has none that could be named. */
async function tokenizerJson(path: string): Promise<Record<string, unknown> | undefined> {
  const file = (await stat(path)).isDirectory() ? join(path, "tokenizer.json") : path;
  if (!file.endsWith(".json")) return undefined;
  return (await Bun.file(file)
    .json()
    .catch(() => undefined)) as Record<string, unknown> | undefined;
}

/** Names of a part's types; those of a sequence one after the other. */
function kindOf(part: unknown): string | null {
  if (typeof part !== "object" || part === null) return null;
  const { type, ...rest } = part as Record<string, unknown>;
  const inner = Object.values(rest).find(
    (value) => Array.isArray(value) && value.length > 0 && value.every((each) => typeof each?.type === "string"),
  ) as unknown[] | undefined;
  return type === "Sequence" && inner ? inner.map(kindOf).join(", ") : String(type);
}
