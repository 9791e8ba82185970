/** Repairs UTF-8 that was read as Windows-1252 or Latin-1, also more than once, where nothing else explains the text. */

/** Bytes 80–9F of Windows-1252; the five that it leaves open stand for themselves, as browsers read them. */
const windows1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

const byteOf = new Map<number, number>();
for (let byte = 0x80; byte < 0x100; byte++) byteOf.set(byte, byte);
for (let i = 0; i < windows1252.length; i++) byteOf.set(windows1252.charCodeAt(i), 0x80 + i);

/** Character that a C1 control stands for when the text was Windows-1252 read as Latin-1; undefined when none. */
export function ofC1(code: number): string | undefined {
  const character = windows1252[code - 0x80]!;
  return character.charCodeAt(0) === code ? undefined : character;
}

const tail = `[\x80-\xbf${[...windows1252].filter((c) => c > "\xff").join("")}]`;
/** One character of UTF-8 in two, three or four characters. */
const sequence = new RegExp(`[\xc2-\xdf]${tail}|[\xe0-\xef]${tail}{2}|[\xf0-\xf4]${tail}{3}`, "g");
/** Cheap test that a sequence may be there. */
const suspicious = new RegExp(`[\xc2-\xf4]${tail}`);

interface Match {
  start: number;
  end: number;
  text: string;
  /** No good text looks like this. */
  strong: boolean;
}

/** The text with mojibake undone, and how many sequences were; a text without any comes back as it is. */
export function repairMojibake(text: string): { text: string; repaired: number } {
  let current = text;
  let repaired = 0;
  // Each round undoes one encoding and shortens the text, so there are few.
  while (suspicious.test(current)) {
    const matches = chosen(current);
    if (matches.length === 0) break;
    current = replace(current, matches);
    repaired += matches.length;
  }
  return { text: current, repaired };
}

function chosen(text: string): Match[] {
  const matches: Match[] = [];
  for (const { 0: found, index } of text.matchAll(sequence)) {
    const decoded = decode(found);
    if (decoded !== undefined) {
      matches.push({ start: index, end: index + found.length, text: decoded, strong: isStrong(text, index, found) });
    }
  }
  confirmNeighbours(matches);
  const strong = matches.filter((match) => match.strong);
  // What good text could hold too is repaired where most of what was found is certain.
  return strong.length >= 2 && strong.length * 2 >= matches.length ? matches : strong;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(found: string): string | undefined {
  const bytes = Uint8Array.from(found, (character) => byteOf.get(character.charCodeAt(0))!);
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Marks that stand after a word, or between words. */
const closing = new Set("’”»›…–—•™“‘„‚°ºª²³¹·\xa0");
/** Of those, the ones that a letter may follow directly. */
const joining = new Set("’–—…•·“‘„‚«‹\xa0");

/** Whether the sequence cannot be the end of a word with its punctuation. */
function isStrong(text: string, index: number, found: string): boolean {
  const previous = text[index - 1] ?? " ";
  const lead = found[0]!;
  // A multiplication sign, and letters of Icelandic at the head of four characters.
  if (lead === "×") return false;
  let upper = isUpperCase(lead);
  // No language has the word Â; read wrongly, it stands before every sign from the no-break space to ¿.
  if (lead === "Â" && found[1]! >= "\xa0" && found[1]! <= "\xbf" && !isUpperCase(previous)) return true;
  if (upper && /\p{L}/u.test(previous) && !isUpperCase(previous)) return true;
  let i = 1;
  for (; i < found.length && /\p{L}/u.test(found[i]!); i++) {
    if (isUpperCase(found[i]!) !== upper && !(i === 1 && upper && !/\p{L}/u.test(previous))) return true;
    upper = isUpperCase(found[i]!);
  }
  for (let j = i; j < found.length; j++) if (!closing.has(found[j]!)) return true;
  const next = text[index + found.length] ?? " ";
  return i < found.length && /[\p{L}\p{N}]/u.test(next) && !joining.has(found.at(-1)!);
}

function isUpperCase(character: string): boolean {
  return character !== character.toLowerCase();
}

/** A certain sequence makes those that touch it certain; three in a row are a word of another script. */
function confirmNeighbours(matches: readonly Match[]): void {
  for (let i = 0; i < matches.length; ) {
    let end = i + 1;
    while (end < matches.length && matches[end]!.start === matches[end - 1]!.end) end++;
    const row = matches.slice(i, end);
    if (row.length >= 3 || row.some((match) => match.strong)) for (const match of row) match.strong = true;
    i = end;
  }
}

function replace(text: string, matches: readonly Match[]): string {
  const parts: string[] = [];
  let end = 0;
  for (const match of matches) {
    parts.push(text.slice(end, match.start), match.text);
    end = match.end;
  }
  parts.push(text.slice(end));
  return parts.join("");
}
