/** Generation as text: tokens, the text that each completes, and why it ended. */
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { LoadedDecoder } from "../load-decoder.ts";
import { detokenizer } from "./detokenizer.ts";
import type { GeneratedToken, TokenOptions } from "./options.ts";
import { generateWithDraft } from "./speculative.ts";
import { stopStrings } from "./stop-strings.ts";
import { generateTokens } from "./tokens.ts";

export interface TextOptions extends TokenOptions {
  /** Tokens that end the text; they are no part of it. */
  eosIds: readonly number[];
  /** Texts that end the output; they are no part of it. */
  stops: readonly string[];
  /** A smaller model that guesses ahead; the text is the same as without it, at temperature 0. */
  draft?: LoadedDecoder | undefined;
  /** Tokens that it guesses at once. */
  numDraftTokens: number;
}

export interface TextPiece extends GeneratedToken {
  /** Text that is complete with this token: often one word, sometimes nothing. */
  text: string;
  /** Set on the last piece: a token or text that ends, or the limit of tokens. */
  finishReason?: "stop" | "length";
}

/**
 * The model's continuation of a prompt. Its pieces joined are the text of all tokens, up to the end.
 * @param tokenizer absent for ids alone: the texts are empty then
 */
export async function* generateText(
  model: LoadedDecoder,
  tokenizer: Pick<Tokenizer, "decode"> | undefined,
  prompt: ArrayLike<number>,
  options: TextOptions,
): AsyncGenerator<TextPiece> {
  const { draft, eosIds, maxTokens } = options;
  const words = tokenizer && detokenizer(tokenizer);
  const stops = stopStrings(options.stops);
  const ends = new Set(eosIds);
  const tokens = draft ? generateWithDraft(model, draft, prompt, options) : generateTokens(model, prompt, options);
  const rest = () => {
    const last = stops.add(words?.finish() ?? "");
    return last.stopped ? last : { text: last.text + stops.finish(), stopped: false };
  };
  let count = 0;
  for await (const generated of tokens) {
    if (ends.has(generated.token)) {
      yield { ...generated, text: rest().text, finishReason: "stop" };
      return;
    }
    const { text, stopped } = stops.add(words?.add(generated.token) ?? "");
    if (stopped) {
      yield { ...generated, text, finishReason: "stop" };
      return;
    }
    if (++count === maxTokens) {
      const last = rest();
      yield { ...generated, text: text + last.text, finishReason: last.stopped ? "stop" : "length" };
      return;
    }
    yield { ...generated, text };
  }
}
