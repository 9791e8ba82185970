/** SentencePiece's own way from pieces to text. */
import { type Decoder, fallbackByte } from "../decoders.ts";
import { CONTROL, type ModelFile, UNKNOWN } from "./model-file.ts";
import { SPACE_SYMBOL } from "./normalizer.ts";

const strictUtf8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Control tokens give nothing, the unknown token its surface, bytes that are no UTF-8 one U+FFFD each. */
export function sentencePieceDecoder(file: ModelFile): Decoder {
  const types = new Map(file.pieces.map(({ piece, type }) => [piece, type]));
  const { addDummyPrefix, removeExtraWhitespaces } = file.normalizer;
  return (tokens) => {
    let text = "";
    let bytes: number[] = [];
    // The space that was put before the text, once; all of them where runs of spaces were made one.
    let atStart = true;
    const flush = () => {
      text += textOfBytes(bytes);
      bytes = [];
    };
    for (const token of tokens) {
      const byte = file.byteFallback ? fallbackByte(token) : undefined;
      if (byte !== undefined) {
        bytes.push(byte);
        continue;
      }
      flush();
      if (text !== "") atStart = false;
      const type = types.get(token);
      if (type === CONTROL) continue;
      if (type === UNKNOWN) {
        text += file.unkSurface;
        continue;
      }
      const drop = atStart && (addDummyPrefix || removeExtraWhitespaces) && token.startsWith(SPACE_SYMBOL);
      if (drop && !removeExtraWhitespaces) atStart = false;
      text += (drop ? token.slice(SPACE_SYMBOL.length) : token).replaceAll(SPACE_SYMBOL, " ");
    }
    flush();
    return [text];
  };
}

function textOfBytes(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at]!;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    try {
      text += strictUtf8.decode(Uint8Array.from(bytes.slice(at, at + length)));
      at += length;
    } catch {
      text += "\ufffd";
      at++;
    }
  }
  return text;
}
