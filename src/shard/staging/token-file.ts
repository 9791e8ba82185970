/**
 * The file of tokens that one task leaves for packing: a header of 64 bytes, all tokens in document order, then per
 * document its length (u32), id (u64) and split (u8), and, where some tokens are not trained on, a bit per token.
 */
import { assert, MdpError } from "../../core/errors.ts";

export const headerBytes = 64;
const magic = "MDPTOKEN";
const version = 1;
const maskFlag = 1;

export type TokenArray = Uint16Array | Uint32Array;

export interface TokenFileHeader {
  /** Bytes of one token, by the size of the vocabulary. */
  tokenBytes: 2 | 4;
  vocabSize: number;
  tokens: number;
  documents: number;
  hasLossMask: boolean;
}

/** 2 for vocabularies of up to 65,536 tokens, 4 above. */
export function tokenBytesOf(vocabSize: number): 2 | 4 {
  return vocabSize <= 65_536 ? 2 : 4;
}

export function newTokens(tokenBytes: 2 | 4, length: number): TokenArray {
  return tokenBytes === 2 ? new Uint16Array(length) : new Uint32Array(length);
}

/** Byte offsets of the sections, each a multiple of 8, and the size of the whole file. */
export function sectionsOf({ tokenBytes, tokens, documents, hasLossMask }: TokenFileHeader) {
  const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;
  const lengths = aligned(headerBytes + tokens * tokenBytes);
  const ids = aligned(lengths + documents * 4);
  const splits = ids + documents * 8;
  const mask = aligned(splits + documents);
  return { lengths, ids, splits, mask, end: hasLossMask ? mask + Math.ceil(tokens / 8) : mask };
}

export function encodeHeader(header: TokenFileHeader): Uint8Array {
  assert(Number.isSafeInteger(header.tokens), "tokens of a file are counted exactly");
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(magic));
  view.setUint32(8, version, true);
  view.setUint32(12, header.tokenBytes, true);
  view.setBigUint64(16, BigInt(header.tokens), true);
  view.setBigUint64(24, BigInt(header.documents), true);
  view.setUint32(32, header.vocabSize, true);
  view.setUint32(36, header.hasLossMask ? maskFlag : 0, true);
  return bytes;
}

/** @throws MdpError when the bytes, or the size of the file, are not those of a complete token file */
export function decodeHeader(bytes: Uint8Array, fileBytes: number, path: string): TokenFileHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = bytes.length === headerBytes && Buffer.from(bytes.subarray(0, 8)).toString("latin1") === magic;
  if (!begins || view.getUint32(8, true) !== version) throw damaged(path, "it does not begin like one");
  const tokenBytes = view.getUint32(12, true);
  if (tokenBytes !== 2 && tokenBytes !== 4) throw damaged(path, `its tokens have ${tokenBytes} bytes`);
  const header: TokenFileHeader = {
    tokenBytes,
    tokens: Number(view.getBigUint64(16, true)),
    documents: Number(view.getBigUint64(24, true)),
    vocabSize: view.getUint32(32, true),
    hasLossMask: (view.getUint32(36, true) & maskFlag) !== 0,
  };
  const { end } = sectionsOf(header);
  if (end !== fileBytes) throw damaged(path, `it should have ${end} bytes and has ${fileBytes}`);
  return header;
}

export function damaged(path: string, reason: string): MdpError {
  return new MdpError({
    code: "token-file-damaged",
    message: `this is no complete file of tokens: ${reason}`,
    where: path,
    hint: "remove the staging folder and run `mdp shard` again",
  });
}
