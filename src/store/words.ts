/**
 * Search words that a tokenizer for prose does not see: the parts of identifiers (`getUserById`, `foo_bar2`), names
 * with what they are members of (`Shelf.add`), and pairs of characters in scripts that are written without spaces.
 *
 * The `words` column holds them separated by spaces, and after them words without their accents (see `accents.ts`); a query
 * is cut in the same way. LanceDB's own word segmentation
 * (`icu`) was measured and left: with a stop-word list it drops English words that are stop words of another language
 * (`dog` is one in Danish), and it finds only whole dictionary words.
 */

/** Runs of scripts without spaces, and Hangul, whose particles are written onto the word. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々]+/gu;

/** A letter or digit, then more of them or underscores. */
const IDENTIFIER = /[\p{L}\p{N}_][\p{L}\p{N}_]*/gu;

/** Pieces of an identifier between the borders `aB`, `ABc` and `_`; digits are no border. */
export const PARTS = /\p{Lu}+(?!\p{Ll})\p{N}*|\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}\p{Lt}\p{M}\p{N}]+/gu;

/** Identifiers joined as a member is named: `Shelf.add`, `depot::Shelf::add`, `shelf->add`, `Shelf#add`. */
const MEMBERS = /[\p{L}_][\p{L}\p{N}_]+(?:(?:\.|::|->|#)[\p{L}_][\p{L}\p{N}_]+)+/gu;

/** They say nothing of what the member is of. */
const OWN = /^(self|this|cls|super)$/;

/** Longest identifier that is cut: longer ones are data, not names. */
const MAX_IDENTIFIER = 64;

/** Characters and neighbouring pairs of a run. */
function* grams(run: string): Generator<string> {
  const characters = Array.from(run);
  for (let i = 0; i < characters.length; i++) {
    yield characters[i]!;
    if (i + 1 < characters.length) yield characters[i]! + characters[i + 1]!;
  }
}

/** The lowercase parts of an identifier that has several, and all of them joined. A single letter is no part. */
function identifierParts(identifier: string): string[] {
  if (identifier.length > MAX_IDENTIFIER) return [];
  const parts = (identifier.match(PARTS) ?? []).map((part) => part.toLowerCase());
  return parts.length < 2 ? [] : [...parts.filter((part) => part.length > 1), parts.join("")];
}

/** Each name joined with the one before it, so that a member is found by its owner's name wherever both are said. */
function* members(text: string): Generator<string> {
  for (const [path] of text.matchAll(MEMBERS)) {
    const names = path.split(/\.|::|->|#/);
    for (let i = 1; i < names.length; i++) {
      const owner = names[i - 1]!;
      const name = names[i]!;
      if (OWN.test(owner) || owner.length + name.length > MAX_IDENTIFIER) continue;
      yield `${owner}${name}`.replaceAll("_", "").toLowerCase();
    }
  }
}

/** The letters of words that end in digits, so that `user` finds `user2`. */
function* withoutDigits(words: Iterable<string>): Generator<string> {
  for (const word of words) {
    const [letters] = /^\p{L}{2,}(?=\p{N}+$)/u.exec(word) ?? [];
    if (letters) yield letters.toLowerCase();
  }
}

/** Whether a text has characters of a script without spaces, or Hangul. */
export function hasUnspaced(text: string): boolean {
  return text.search(UNSPACED) !== -1;
}

/** A text with its runs of such scripts taken out. */
export function spacedOnly(text: string): string {
  return text.replace(UNSPACED, " ");
}

/** What a query looks for of its runs without spaces: pairs of characters, a single one only where the run has no pair. */
export function* unspacedPairs(query: string): Generator<string> {
  for (const [run] of query.matchAll(UNSPACED)) {
    const characters = Array.from(run);
    if (characters.length === 1) yield run;
    for (let i = 1; i < characters.length; i++) yield characters[i - 1]! + characters[i]!;
  }
}

/** Words of a passage for the `words` column, each as often as it occurs. */
export function indexWords(given: string): string {
  const text = given.normalize("NFC");
  const words: string[] = [];
  for (const [run] of text.matchAll(UNSPACED)) words.push(...grams(run));
  for (const [identifier] of spacedOnly(text).matchAll(IDENTIFIER)) {
    const parts = identifierParts(identifier);
    words.push(...parts, ...withoutDigits(parts.length > 0 ? parts.slice(0, -1) : [identifier]));
  }
  for (const member of members(text)) words.push(member);
  return words.join(" ");
}

/**
 * Words of a query to look for in the `words` column, each once: pairs of characters (a single one only where the run
 * has no pair), plain words, and the parts of identifiers.
 */
export function queryWords(given: string): string {
  const query = given.normalize("NFC");
  const words = new Set(unspacedPairs(query));
  for (const [identifier] of spacedOnly(query).matchAll(IDENTIFIER)) {
    words.add(identifier.toLowerCase());
    for (const part of identifierParts(identifier)) words.add(part);
  }
  for (const member of members(query)) words.add(member);
  return [...words].join(" ");
}
