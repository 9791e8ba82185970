/** Reads a file of tokens: its documents at once, any range of its tokens when asked. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { assert, MdpError, messageOf } from "../../core/errors.ts";
import { rawBytes } from "../formats/shared/tensors.ts";
import {
  damaged,
  decodeHeader,
  headerBytes,
  newTokens,
  sectionsOf,
  type TokenArray,
  type TokenFileHeader,
} from "./token-file.ts";

/** Tokens that are read at once for a short range: more, the nearer the ranges that are asked for lie together. */
const aheadMin = 1 << 10;
const blockTokens = 1 << 16;

export class TokenFileReader implements Disposable {
  readonly path: string;
  readonly header: TokenFileHeader;
  /** Tokens of each document. */
  readonly lengths: Uint32Array;
  /** Split of each document. */
  readonly splits: Uint8Array;
  readonly #fd: number;
  readonly #sections: ReturnType<typeof sectionsOf>;
  readonly #block: TokenArray;
  #ahead = aheadMin;
  #blockStart = 0;
  #blockEnd = 0;
  #ids: BigUint64Array | undefined;
  #mask: Uint8Array | undefined;

  private constructor(path: string, fd: number, header: TokenFileHeader) {
    this.path = path;
    this.#fd = fd;
    this.header = header;
    this.#sections = sectionsOf(header);
    this.lengths = new Uint32Array(header.documents);
    this.#readBytes(rawBytes(this.lengths), this.#sections.lengths);
    this.splits = new Uint8Array(header.documents);
    this.#readBytes(this.splits, this.#sections.splits);
    this.#block = newTokens(header.tokenBytes, Math.min(blockTokens, header.tokens));
    const sum = this.lengths.reduce((total, length) => total + length, 0);
    if (sum !== header.tokens) throw damaged(path, `its documents have ${sum} tokens, it holds ${header.tokens}`);
  }

  /** @throws MdpError when the file is missing, cut, or something else */
  static open(path: string): TokenFileReader {
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch (cause) {
      throw new MdpError({
        code: "token-file-missing",
        message: `a file of tokens cannot be opened (${messageOf(cause)})`,
        where: path,
        hint: "run `mdp shard … --resume`; it makes what is missing again",
        cause,
      });
    }
    try {
      const bytes = new Uint8Array(headerBytes);
      const read = readSync(fd, bytes, 0, headerBytes, 0);
      return new TokenFileReader(path, fd, decodeHeader(bytes.subarray(0, read), fstatSync(fd).size, path));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Id of each document. */
  get ids(): BigUint64Array {
    if (!this.#ids) {
      this.#ids = new BigUint64Array(this.header.documents);
      this.#readBytes(rawBytes(this.#ids), this.#sections.ids);
    }
    return this.#ids;
  }

  /** Copies `count` tokens from position `start` of the file to `target[at…]`, which has the file's own type. */
  read(start: number, count: number, target: TokenArray, at = 0): void {
    assert(start >= 0 && start + count <= this.header.tokens, "tokens are read within the file");
    assert(target.BYTES_PER_ELEMENT === this.header.tokenBytes, "tokens are read as what they are");
    if (count > blockTokens / 2) {
      this.#readTokens(target.subarray(at, at + count), start);
      return;
    }
    if (start < this.#blockStart || start + count > this.#blockEnd) {
      const isNear = start >= this.#blockStart && start <= this.#blockEnd + this.#ahead;
      this.#ahead = isNear ? Math.min(2 * this.#ahead, blockTokens) : aheadMin;
      this.#blockStart = start;
      this.#blockEnd = Math.min(start + Math.max(count, this.#ahead), this.header.tokens);
      this.#readTokens(this.#block.subarray(0, this.#blockEnd - start), start);
    }
    const from = start - this.#blockStart;
    target.set(this.#block.subarray(from, from + count), at);
  }

  /** Writes 1 or 0 for `count` tokens from position `start` to `target[at…]`: which are trained on. */
  readLossMask(start: number, count: number, target: Uint8Array, at = 0): void {
    if (!this.header.hasLossMask) {
      target.fill(1, at, at + count);
      return;
    }
    if (!this.#mask) {
      this.#mask = new Uint8Array(this.#sections.end - this.#sections.mask);
      this.#readBytes(this.#mask, this.#sections.mask);
    }
    for (let i = 0; i < count; i++) target[at + i] = (this.#mask[(start + i) >> 3]! >> ((start + i) & 7)) & 1;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #readTokens(target: TokenArray, start: number): void {
    this.#readBytes(rawBytes(target), headerBytes + start * this.header.tokenBytes);
  }

  #readBytes(target: Uint8Array, position: number): void {
    for (let done = 0; done < target.length; ) {
      const read = readSync(this.#fd, target, done, target.length - done, position + done);
      if (read === 0) throw damaged(this.path, "it became shorter while it was read");
      done += read;
    }
  }
}
