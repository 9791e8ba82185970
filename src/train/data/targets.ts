/** Rows that would teach nothing: which ones are worth a look before the start, and what is said of them. */
import { MdpError } from "../../core/errors.ts";
import type { EncodedRow } from "./kinds.ts";

/** What a chat template may add to a prompt: a system prompt of its own, and a frame around each message. */
const TEMPLATE_TOKENS = 512;

/** Whether a prompt may fill what is kept of a row, judged without encoding it: no token is shorter than a byte. */
export function mayFill(prompt: unknown, maxSeqLength: number): boolean {
  const text = typeof prompt === "string" ? prompt : (JSON.stringify(prompt) ?? "");
  return Buffer.byteLength(text) + Math.min(TEMPLATE_TOKENS, maxSeqLength / 4) >= maxSeqLength;
}

/** @throws MdpError `fully-masked` for a row of whose first `maxSeqLength` tokens none is learned */
export function checkTargets({ ids, offset }: EncodedRow, maxSeqLength: number, where: string): void {
  const kept = Math.min(ids.length, maxSeqLength);
  if (Math.max(1, offset) < kept) return;
  const cut = kept < ids.length;
  throw new MdpError({
    code: "fully-masked",
    message:
      offset > 0
        ? `no token of the row counts: ${offset} of the prompt, ${kept} of the row${cut ? " are kept" : ""}`
        : `the row has ${ids.length} ${ids.length === 1 ? "token" : "tokens"}, and nothing to predict`,
    where,
    hint: cut ? `set --max-seq-length ${ids.length} or more, or take the row out` : "take the row out",
  });
}
