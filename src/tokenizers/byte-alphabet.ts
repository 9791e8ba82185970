/** The alphabet of byte-level models: every byte has a visible character of its own. */

/** Character (one UTF-16 code unit) per byte, as GPT-2 laid down: visible Latin-1 as it is, the rest from U+0100 on. */
export const BYTE_CHARACTERS: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (isVisible(byte)) return String.fromCharCode(byte);
  let rank = 0;
  for (let b = 0; b < byte; b++) if (!isVisible(b)) rank++;
  return String.fromCharCode(256 + rank);
});

function isVisible(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

/** Byte per code unit of the alphabet, -1 for others; its length is the highest code unit plus one. */
export const CHARACTER_BYTES: Int16Array = Int16Array.from({ length: 324 }, (_, unit) =>
  BYTE_CHARACTERS.indexOf(String.fromCharCode(unit)),
);

const encoder = new TextEncoder();

/** Text of which each character stands for one byte of the argument's UTF-8. */
export function toByteCharacters(text: string): string {
  let out = "";
  for (const byte of encoder.encode(text)) out += BYTE_CHARACTERS[byte];
  return out;
}

/** The bytes that a token stands for, or undefined when it has a character outside the alphabet. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = CHARACTER_BYTES[token.charCodeAt(i)] ?? -1;
    if (byte < 0) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
