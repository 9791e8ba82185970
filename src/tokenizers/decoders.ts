/** Decoders: from the tokens of a sequence to its text, step by step, as the Rust `tokenizers` library has them. */
import { bytesOfToken } from "./byte-alphabet.ts";

/** Changes a list of tokens; the text is what it gives, joined. */
export type Decoder = (tokens: readonly string[]) => string[];

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();

/** Without a decoder tokens are joined by spaces. */
export const joinBySpaces: Decoder = (tokens) => [tokens.join(" ")];

export const fuse: Decoder = (tokens) => [tokens.join("")];

/** Byte-level tokens are bytes; what is not valid UTF-8 becomes U+FFFD. */
export const byteLevel: Decoder = (tokens) => {
  const parts = tokens.map((token) => bytesOfToken(token) ?? encoder.encode(token));
  return [utf8.decode(Buffer.concat(parts))];
};

/** `<0x41>` and the like are bytes: a run of them is text when it is valid UTF-8, else one U+FFFD per byte. */
export const byteFallback: Decoder = (tokens) => {
  const out: string[] = [];
  let run: number[] = [];
  const flush = () => {
    if (run.length) out.push(decodeRun(run));
    run = [];
  };
  for (const token of tokens) {
    const byte = fallbackByte(token);
    if (byte !== undefined) run.push(byte);
    else {
      flush();
      out.push(token);
    }
  }
  flush();
  return out;
};

/** The byte of a token such as `<0x41>`. */
export function fallbackByte(token: string): number | undefined {
  return /^<0x[0-9a-fA-F]{2}>$/.test(token) ? Number.parseInt(token.slice(3, 5), 16) : undefined;
}

function decodeRun(bytes: readonly number[]): string {
  try {
    return strictUtf8.decode(Uint8Array.from(bytes));
  } catch {
    return "\ufffd".repeat(bytes.length);
  }
}

/** WordPiece: a space before each token that does not continue a word. */
export function wordPiece(prefix: string, cleanup: boolean): Decoder {
  return (tokens) =>
    tokens.map((token, i) => {
      const joined = i === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      return cleanup ? cleanUp(joined) : joined;
    });
}

const CLEANED = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
] as const;

function cleanUp(text: string): string {
  return CLEANED.reduce((out, [from, to]) => out.replaceAll(from, to), text);
}

/** The replacement character is a space, and nothing at the start when one was put there. */
export function metaspace(replacement: string, prepended: boolean): Decoder {
  return (tokens) => tokens.map((token, i) => token.replaceAll(replacement, i === 0 && prepended ? "" : " "));
}

/** A suffix marks the end of a word. */
export function bpe(suffix: string): Decoder {
  return (tokens) => tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 ? "" : " "));
}

export function replace(pattern: RegExp | string, content: string): Decoder {
  return (tokens) => tokens.map((token) => token.replaceAll(pattern, () => content));
}

/** Takes up to `start` and `stop` of a character off the ends of each token. */
export function strip(content: string, start: number, stop: number): Decoder {
  return (tokens) =>
    tokens.map((token) => {
      const characters = [...token];
      let from = 0;
      while (from < start && characters[from] === content) from++;
      let to = characters.length;
      while (characters.length - to < stop && to > from && characters[to - 1] === content) to--;
      return characters.slice(from, to).join("");
    });
}

export function sequence(steps: readonly Decoder[]): Decoder {
  return (tokens) => steps.reduce<string[]>((out, step) => step(out), [...tokens]);
}
