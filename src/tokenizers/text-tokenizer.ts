/** A tokenizer of an engine, its vocabulary, the tokens around a text, and a decoder. */
import type { Decoder } from "./decoders.ts";
import type { Engine } from "./engine.ts";
import type { IdBuffer } from "./id-buffer.ts";
import { type PairTemplate, PLAIN_PAIR } from "./pair.ts";
import { TokenBuffer } from "./token-buffer.ts";
import type { DecodeOptions, EncodeOptions, Encoding, ModelKind, SpecialTokens, Tokenizer } from "./tokenizer.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Ids before and after a text. */
export interface Template {
  before: readonly number[];
  after: readonly number[];
  /** How two texts are joined; one behind the other where it is left out. */
  pair?: PairTemplate;
}

export interface TextTokenizerParts {
  model: ModelKind;
  engine: Engine;
  vocabulary: Vocabulary;
  template: Template;
  decoder: Decoder;
  special: SpecialTokens;
  sha256: string;
}

export class TextTokenizer implements Tokenizer {
  readonly model: ModelKind;
  readonly vocabSize: number;
  readonly special: Readonly<SpecialTokens>;
  readonly sha256: string;
  readonly pair: PairTemplate;
  readonly #parts: TextTokenizerParts;

  constructor(parts: TextTokenizerParts) {
    this.#parts = parts;
    this.model = parts.model;
    this.vocabSize = parts.vocabulary.size;
    this.special = parts.special;
    this.sha256 = parts.sha256;
    this.pair = parts.template.pair ?? PLAIN_PAIR;
  }

  encode(text: string, options: EncodeOptions = {}): Encoding {
    const { before, after } = options.specialTokens === false ? { before: [], after: [] } : this.#parts.template;
    const limit = Math.max(0, (options.maxTokens ?? Number.POSITIVE_INFINITY) - before.length - after.length);
    const tokens = this.#tokens(text, limit + 1);
    const kept = Math.min(tokens.length, limit);
    const special = new Uint8Array(before.length + kept + after.length).fill(1);
    special.fill(0, before.length, before.length + kept);
    return {
      ids: between(before, tokens.ids(kept), after),
      starts: between(zeros(before), tokens.starts(kept), zeros(after)),
      ends: between(zeros(before), tokens.ends(kept), zeros(after)),
      special,
      truncated: tokens.length > limit,
    };
  }

  encodeInto(text: string, out: IdBuffer): void {
    this.#parts.engine.encodeInto(text, out);
  }

  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const { vocabulary, decoder } = this.#parts;
    const skip = options.skipSpecialTokens ?? true;
    const tokens: string[] = [];
    for (let i = 0; i < ids.length; i++) {
      const token = vocabulary.idToToken(ids[i]!);
      if (token !== undefined && !(skip && vocabulary.isSpecial(ids[i]!))) tokens.push(token);
    }
    return decoder(tokens).join("");
  }

  tokenToId(token: string): number | undefined {
    return this.#parts.vocabulary.tokenToId(token);
  }

  idToToken(id: number): string | undefined {
    return this.#parts.vocabulary.idToToken(id);
  }

  tokenStarts(text: string): Uint32Array {
    return this.#tokens(text, Number.POSITIVE_INFINITY).starts();
  }

  count(text: string): number {
    return this.#tokens(text, Number.POSITIVE_INFINITY).length;
  }

  #tokens(text: string, enough: number): TokenBuffer {
    const out = new TokenBuffer();
    this.#parts.engine.tokens(text.toWellFormed(), out, enough);
    return out;
  }
}

const zeros = (list: readonly number[]) => list.map(() => 0);

function between(before: readonly number[], values: Uint32Array, after: readonly number[]): Uint32Array {
  const all = new Uint32Array(before.length + values.length + after.length);
  all.set(before);
  all.set(values, before.length);
  all.set(after, before.length + values.length);
  return all;
}
