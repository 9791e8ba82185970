/** SentencePiece's normalizer: the longest entries of its table, runs of spaces made one, a space before the text. */
import { Charsmap } from "../normalizers/charsmap.ts";
import { applyEdits, type Edit, type Sourced, type Step } from "../sourced.ts";
import type { NormalizerSpec } from "./model-file.ts";

export const SPACE_SYMBOL = "\u2581";

export interface SentencePieceNormalizerOptions extends NormalizerSpec {
  whitespaceAsSuffix: boolean;
  /** Texts that are left as they are. */
  userDefined: readonly string[];
}

/** What one place of a text becomes; `width` code units of it. */
interface Replaced {
  width: number;
  text: string;
}

const encoder = new TextEncoder();
/** Longer than any key of a table. */
const KEY_UNITS = 32;

/** Normalizes as the options say. */
export function sentencePieceNormalizer(options: SentencePieceNormalizerOptions): Step {
  const { removeExtraWhitespaces: squeeze, addDummyPrefix, whitespaceAsSuffix } = options;
  const space = options.escapeWhitespaces ? SPACE_SYMBOL : " ";
  const next = prefixReader(options);
  const plain = plainRuns(options);
  return (input) => {
    const edits: Edit[] = [];
    let spaceBefore = squeeze;
    let content = 0;
    for (let at = 0; at < input.text.length; ) {
      if (plain) {
        plain.lastIndex = at;
        if (plain.test(input.text)) {
          content += plain.lastIndex - at;
          at = plain.lastIndex;
          spaceBefore = false;
          continue;
        }
      }
      const { width, text } = next(input.text, at);
      let kept = text;
      if (spaceBefore) kept = kept.replace(/^ +/, "");
      if (kept !== "") spaceBefore = squeeze && kept.endsWith(" ");
      const written = kept.replaceAll(" ", space);
      if (written !== input.text.slice(at, at + width)) edits.push({ start: at, end: at + width, text: written });
      content += kept.length;
      at += width;
    }
    const changed = applyEdits(input, edits);
    const trimmed = squeeze ? withoutEnd(changed, space) : changed;
    if (squeeze ? content === 0 || trimmed.text === "" : input.text === "") return emptied(input);
    if (!addDummyPrefix) return trimmed;
    const end = whitespaceAsSuffix ? trimmed.text.length : 0;
    return applyEdits(trimmed, [{ start: end, end, text: space }]);
  };
}

function emptied(input: Sourced): Sourced {
  return applyEdits(input, [{ start: 0, end: input.text.length, text: "" }]);
}

function withoutEnd(input: Sourced, space: string): Sourced {
  let end = input.text.length;
  while (end > 0 && input.text.endsWith(space, end)) end -= space.length;
  if (end === input.text.length) return input;
  return applyEdits(input, [{ start: end, end: input.text.length, text: "" }]);
}

/** Reads what the next characters of a text become. */
function prefixReader({
  charsmap,
  userDefined,
}: SentencePieceNormalizerOptions): (text: string, at: number) => Replaced {
  const table = charsmap.length > 0 ? new Charsmap(charsmap) : undefined;
  const kept = userDefined.toSorted((a, b) => b.length - a.length);
  const pairs = table && !hasAsciiPairs(table);
  const ascii = new Map<string, Replaced>();
  return (text, at) => {
    const whole = kept.find((each) => text.startsWith(each, at));
    if (whole !== undefined) return { width: whole.length, text: whole };
    const width = text.codePointAt(at)! > 0xffff ? 2 : 1;
    const character = text.slice(at, at + width);
    if (!table) return { width, text: character };
    const alone = pairs && text.charCodeAt(at) < 0x80 && !(text.charCodeAt(at + 1) >= 0x80);
    let found = alone ? ascii.get(character) : undefined;
    if (!found) {
      found = lookedUp(table, text.slice(at, at + (alone ? 1 : KEY_UNITS))) ?? { width, text: character };
      if (alone) ascii.set(character, found);
    }
    return found;
  };
}

/** Whether a key of the table begins with two ASCII characters: hardly ever. */
function hasAsciiPairs(table: Charsmap): boolean {
  for (let pair = 0; pair < 128 * 128; pair++) if (table.leads(Uint8Array.of(pair >> 7, pair & 127))) return true;
  return false;
}

/** ASCII that no table changes, with nothing beside it that could combine; undefined when a table or a symbol could. */
function plainRuns(options: SentencePieceNormalizerOptions): RegExp | undefined {
  if (options.userDefined.length > 0) return undefined;
  const table = options.charsmap.length > 0 ? new Charsmap(options.charsmap) : undefined;
  if (table && hasAsciiPairs(table)) return undefined;
  for (let code = 0x21; code < 0x7f; code++) {
    if (table?.shortest(String.fromCharCode(code)) !== undefined) return undefined;
  }
  return /[!-~]*[!-~](?![^\0-\x7f])/y;
}

function lookedUp(table: Charsmap, text: string): Replaced | undefined {
  const bytes = encoder.encode(text);
  const mapped = table.longest(bytes, 0);
  if (!mapped) return undefined;
  // Bytes of the key back to code units.
  let units = 0;
  for (let i = 0; i < mapped.length; i++) {
    if ((bytes[i]! & 0xc0) !== 0x80) units += bytes[i]! >= 0xf0 ? 2 : 1;
  }
  return { width: units, text: mapped.text };
}
