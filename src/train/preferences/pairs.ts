/** Preference pairs as tokens: a prompt with a preferred and a rejected answer. */
import type { ChatMessage } from "../../tokenizers/chat-template.ts";
import { badRow, openJsonl, type Row, shown } from "../data/jsonl-rows.ts";
import { checkMessages, type EncodedRow, openRenderer, type Render } from "../data/kinds.ts";
import { checkIds, type RowTools } from "../data/rows.ts";
import { checkTargets, mayFill } from "../data/targets.ts";

export interface EncodedPair {
  chosen: EncodedRow;
  rejected: EncodedRow;
}

/** Pairs by number, each encoded when it is asked for. */
export interface PreferencePairs extends Disposable {
  readonly length: number;
  /** Of the file, in hex. */
  readonly sha256: string;
  encode(row: number): EncodedPair;
  where(row: number): string;
}

/**
 * Reads JSONL once to check every row: `{"prompt", "chosen", "rejected"}`, texts or lists of messages; without a prompt
 * both answers are whole conversations that differ in their last message.
 *
 * @throws MdpError `bad-row`, `not-found`; `fully-masked` for a prompt that leaves no room for an answer
 */
export async function openPairs(path: string, tools: RowTools, maxSeqLength: number): Promise<PreferencePairs> {
  const render = await openRenderer(tools);
  const encode = (row: Row, where: string) => encoded(row, where, render, tools.vocabSize, maxSeqLength);
  const rows = openJsonl(path, (row, where) => {
    const { prompt } = conversationsOf(row, where);
    if (mayFill([prompt, row.tools], maxSeqLength)) encode(row, where);
  });
  return {
    length: rows.length,
    sha256: rows.sha256,
    encode: (row) => encode(rows.read(row), rows.where(row)),
    where: (row) => rows.where(row),
    [Symbol.dispose]: () => rows[Symbol.dispose](),
  };
}

interface Conversations {
  prompt: readonly ChatMessage[];
  chosen: readonly ChatMessage[];
  rejected: readonly ChatMessage[];
}

function encoded(row: Row, where: string, render: Render, vocabSize: number, maxSeqLength: number): EncodedPair {
  const { prompt, chosen, rejected } = conversationsOf(row, where);
  const offset = render(prompt, row, true, where).length;
  const answered = (answer: readonly ChatMessage[]) => {
    const ids = render([...prompt, ...answer], row, false, where);
    checkIds(ids, vocabSize, where);
    checkTargets({ ids, offset }, maxSeqLength, where);
    return { ids, offset };
  };
  return { chosen: answered(chosen), rejected: answered(rejected) };
}

function conversationsOf(row: Row, where: string): Conversations {
  const [chosen, rejected] = [messagesOf(row, "chosen", where), messagesOf(row, "rejected", where)];
  if (row.prompt !== undefined) return { prompt: messagesOf(row, "prompt", where), chosen, rejected };
  const [prompt, other] = [chosen.slice(0, -1), rejected.slice(0, -1)];
  if (prompt.length === 0 || JSON.stringify(prompt) !== JSON.stringify(other)) {
    throw badRow(
      where,
      'the row has no "prompt", and its answers do not begin with the same messages',
      'write {"prompt": "…", "chosen": "…", "rejected": "…"}',
    );
  }
  return { prompt, chosen: chosen.slice(-1), rejected: rejected.slice(-1) };
}

function messagesOf(row: Row, key: "prompt" | "chosen" | "rejected", where: string): readonly ChatMessage[] {
  const value = row[key];
  if (typeof value === "string") return [{ role: key === "prompt" ? "user" : "assistant", content: value }];
  if (Array.isArray(value)) {
    checkMessages(row, key, where);
    return value as ChatMessage[];
  }
  const found = key in row ? `"${key}" is ${shown(value)}` : `the row has no "${key}"`;
  throw badRow(where, `${found}; it takes a text or a list of messages`, "mend the row, or take it out");
}
