/** What a generation runs on: the model with its adapter, its tokenizer, and perhaps a model that guesses ahead. */
import { MdpError } from "../../core/errors.ts";
import { useAdapter } from "../../models/adapters/apply.ts";
import { findModel } from "../../models/find.ts";
import { type LoadedDecoder, openDecoder } from "../../models/load-decoder.ts";
import { openTokenizer } from "../../tokenizers/open.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

export interface ModelRequest {
  /** A folder, or the name of a model that is here. */
  model: string;
  adapterPath?: string | undefined;
  draftModel?: string | undefined;
  /** Tokens, by text or id, that end a text beside the model's own. */
  extraEosTokens: readonly string[];
  /** Generate from ids alone where there is no tokenizer. */
  idsOnly: boolean;
}

export interface OpenModel extends Disposable {
  model: LoadedDecoder;
  draft: LoadedDecoder | undefined;
  tokenizer: Tokenizer | undefined;
  eosIds: number[];
}

/** @throws MdpError when one of them is missing or does not fit the others */
export async function openModel(request: ModelRequest): Promise<OpenModel> {
  const { dir } = findModel(request.model);
  const tokenizer = await openTokenizer(dir).catch((error: unknown) => {
    if (request.idsOnly && error instanceof MdpError && error.code === "tokenizer-missing") return undefined;
    throw error;
  });
  using opened = new DisposableStack();
  const model = opened.use(await openDecoder(dir));
  if (request.adapterPath !== undefined) await useAdapter(model, request.adapterPath);
  const draft =
    request.draftModel === undefined ? undefined : opened.use(await openDraft(request.draftModel, tokenizer));
  const own = tokenizer?.special.eos;
  const extra = request.extraEosTokens.map((token) => eosOf(token, tokenizer, model));
  const owned = opened.move();
  return {
    model,
    draft,
    tokenizer,
    eosIds: [...new Set([...model.eosIds, ...(own === undefined ? [] : [own]), ...extra])],
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** Tokens that XTC never drops: the end of a line, and of the text. */
export function sparedTokens({ tokenizer, eosIds }: Pick<OpenModel, "tokenizer" | "eosIds">): number[] {
  return [...(tokenizer ? tokenizer.encode("\n").ids : []), ...eosIds];
}

/** The model knows no positions beyond those of its training. @throws MdpError when the text is longer */
export function requireRoom(length: number, model: LoadedDecoder): void {
  const most = model.config.max_position_embeddings;
  if (typeof most !== "number" || length <= most) return;
  throw new MdpError({
    code: "prompt-too-long",
    message: `the prompt has ${length} tokens, and the model takes ${most}`,
    hint: "shorten the prompt, or use a model that takes longer ones",
  });
}

async function openDraft(name: string, tokenizer: Tokenizer | undefined): Promise<LoadedDecoder> {
  const { dir } = findModel(name);
  const own = tokenizer && (await openTokenizer(dir));
  if (own && own.vocabSize !== tokenizer.vocabSize) {
    throw new MdpError({
      code: "draft-model-mismatch",
      message: `the draft model's tokenizer has ${own.vocabSize} tokens, the model's ${tokenizer.vocabSize}`,
      where: dir,
      hint: "choose a draft model of the same family",
    });
  }
  return openDecoder(dir);
}

function eosOf(token: string, tokenizer: Tokenizer | undefined, model: LoadedDecoder): number {
  const id = /^\d+$/.test(token) ? Number(token) : tokenizer?.tokenToId(token);
  if (id !== undefined && id < model.decoder.config.vocab_size) return id;
  throw new MdpError({
    code: "token-unknown",
    message: `the tokenizer has no token ${JSON.stringify(token)}`,
    hint: "name a token by its text or its number",
  });
}
