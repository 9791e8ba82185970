/** Writes a file of tokens, document by document; it appears under its name when it is complete. */
import { assert, MdpError } from "../../core/errors.ts";
import { NewFile } from "../../core/new-file.ts";
import { rawBytes } from "../formats/shared/tensors.ts";
import { Growing } from "./growing.ts";
import { encodeHeader, headerBytes, newTokens, sectionsOf, type TokenArray, tokenBytesOf } from "./token-file.ts";

const bufferTokens = 1 << 20;

export interface TokenDocument {
  /** Any 64 bits that name the document. */
  id: bigint;
  /** Number of its split, 0…255. */
  split: number;
}

export class TokenFileWriter {
  readonly #file: NewFile;
  readonly #vocabSize: number;
  readonly #buffer: TokenArray;
  #buffered = 0;
  #tokens = 0;
  readonly #lengths = new Growing((n) => new Uint32Array(n));
  readonly #ids = new Growing((n) => new BigUint64Array(n));
  readonly #splits = new Growing((n) => new Uint8Array(n));
  /** A bit per token that is not trained on; inverted when it is written. */
  readonly #skipped = new Growing((n) => new Uint8Array(n));
  #hasLossMask = false;

  private constructor(file: NewFile, vocabSize: number) {
    this.#file = file;
    this.#vocabSize = vocabSize;
    this.#buffer = newTokens(tokenBytesOf(vocabSize), bufferTokens);
  }

  static async create(path: string, { vocabSize }: { vocabSize: number }): Promise<TokenFileWriter> {
    const file = await NewFile.create(path);
    await file.append(new Uint8Array(headerBytes));
    return new TokenFileWriter(file, vocabSize);
  }

  get documents(): number {
    return this.#lengths.length;
  }

  get tokens(): number {
    return this.#tokens;
  }

  /**
   * Adds a document with the token that ends it. `lossMask` has a 1 for each token that is trained on; without it all
   * are. Returns a promise only where something must be written first: wait for it before the next call.
   *
   * @throws MdpError for an id that the vocabulary does not have
   */
  add(ids: TokenArray, { id, split }: TokenDocument, lossMask?: Uint8Array): Promise<void> | undefined {
    assert(split >= 0 && split < 256, `the split ${split} has a byte`);
    this.#check(ids);
    if (lossMask) this.#addMask(lossMask, ids.length);
    this.#lengths.push(ids.length);
    this.#ids.push(BigInt.asUintN(64, id));
    this.#splits.push(split);
    this.#tokens += ids.length;
    if (this.#buffered + ids.length > bufferTokens) return this.#addLong(ids);
    this.#buffer.set(ids, this.#buffered);
    this.#buffered += ids.length;
    return undefined;
  }

  /** Completes the file and puts it in place. */
  async commit(): Promise<void> {
    await this.#flush();
    const header = {
      tokenBytes: tokenBytesOf(this.#vocabSize),
      vocabSize: this.#vocabSize,
      tokens: this.#tokens,
      documents: this.documents,
      hasLossMask: this.#hasLossMask,
    };
    const { lengths, ids, splits, mask, end } = sectionsOf(header);
    await this.#file.overwrite(rawBytes(this.#lengths.view()), lengths);
    await this.#file.overwrite(rawBytes(this.#ids.view()), ids);
    await this.#file.overwrite(new Uint8Array(mask - splits), splits);
    await this.#file.overwrite(this.#splits.view(), splits);
    if (this.#hasLossMask) {
      this.#skipped.resize(end - mask);
      await this.#file.overwrite(
        this.#skipped.view().map((bits) => ~bits),
        mask,
      );
    }
    await this.#file.overwrite(encodeHeader(header), 0);
    await this.#file.commit();
  }

  /** Gives up and leaves nothing behind. */
  async discard(): Promise<void> {
    await this.#file.discard();
  }

  #check(ids: TokenArray): void {
    let largest = 0;
    for (let i = 0; i < ids.length; i++) if (ids[i]! > largest) largest = ids[i]!;
    if (ids.length === 0 || largest < this.#vocabSize) return;
    throw new MdpError({
      code: "token-out-of-vocabulary",
      message: `a document has the token ${largest}, the vocabulary ends at ${this.#vocabSize - 1}`,
      hint: "check that the tokenizer's vocabulary includes its added tokens",
    });
  }

  #addMask(lossMask: Uint8Array, length: number): void {
    assert(lossMask.length === length, "the loss mask has one element per token");
    this.#skipped.resize(Math.ceil((this.#tokens + length) / 8));
    const bits = this.#skipped.view();
    for (let i = 0; i < length; i++) {
      if (lossMask[i] !== 0) continue;
      const at = this.#tokens + i;
      bits[at >> 3]! |= 1 << (at & 7);
      this.#hasLossMask = true;
    }
  }

  async #addLong(ids: TokenArray): Promise<void> {
    for (let at = 0; at < ids.length; ) {
      if (this.#buffered === bufferTokens) await this.#flush();
      const piece = ids.subarray(at, at + bufferTokens - this.#buffered);
      this.#buffer.set(piece, this.#buffered);
      this.#buffered += piece.length;
      at += piece.length;
    }
  }

  async #flush(): Promise<void> {
    if (this.#buffered > 0) await this.#file.append(rawBytes(this.#buffer.subarray(0, this.#buffered)));
    this.#buffered = 0;
  }
}
