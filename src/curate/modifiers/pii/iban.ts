/** Bank accounts: IBANs of a known country with its structure and check digits, compact or in groups. */
import { isAsciiLetter, isAsciiWord, isDigit } from "./characters.ts";
import { mod97 } from "./checksums.ts";
import type { Detector, Digits, PiiSpan } from "./detector.ts";
import { blankBankCode } from "./fakes.ts";

/** Per country what follows the check digits: n digits, a letters, c either (SWIFT's IBAN registry). */
const structures =
  "AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c CR18n CY8n16c " +
  "CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n GE2a16n GI4a15c GL14n " +
  "GR7n16c GT24c HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c KZ3n13c LB4n20c LC4a24c " +
  "LI5n12c LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD20c ME18n MK3n10c2n MN16n MR23n MT4a5n18c MU4a19n3a NI4a20n " +
  "NL4a10n NO11n OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n SE20n " +
  "SI15n SK20n SM1a10n12c SO19n ST21n SV4a20n TL19n TN20n TR6n16c UA6n19c VA18n VG4a16n XK16n YE4a4n18c";

const classOf: Readonly<Record<string, string>> = { n: "\\d", a: "[A-Z]", c: "[A-Z\\d]" };

interface Country {
  /** Letters and digits of a whole IBAN. */
  length: number;
  pattern: RegExp;
}

const countries = new Map<string, Country>(
  structures.split(" ").map((structure) => {
    const parts = [...structure.slice(2).matchAll(/(\d+)([nac])/g)];
    const length = parts.reduce((sum, [, size]) => sum + Number(size), 4);
    const body = parts.map(([, size, kind]) => `${classOf[kind!]}{${size}}`).join("");
    return [structure.slice(0, 2), { length, pattern: new RegExp(`^${body}$`) }];
  }),
);

function find(text: string, { start, wordStart }: Digits): PiiSpan | undefined {
  if (start - wordStart !== 2 || !isDigit(text.charCodeAt(start + 1))) return undefined;
  if (!isAsciiLetter(text.charCodeAt(wordStart)) || text.charCodeAt(wordStart - 1) === 95) return undefined;
  const country = countries.get(text.slice(wordStart, start).toUpperCase());
  const end = country && endOf(text, wordStart, country.length);
  if (end === undefined) return undefined;
  const plain = text
    .slice(wordStart, end)
    .replace(/[^A-Za-z0-9]/g, "")
    .toUpperCase();
  const account = plain.slice(4);
  if (!country!.pattern.test(account) || /^[0X]+$/.test(account.slice(0, blankBankCode))) return undefined;
  if (mod97(account + plain.slice(0, 4)) !== 1) return undefined;
  return { start: wordStart, end, kind: "iban" };
}

/** End of `length` letters and digits in groups with single joints between; undefined when they are more or fewer. */
function endOf(text: string, start: number, length: number): number | undefined {
  let seen = 0;
  let at = start;
  for (; seen < length; at++) {
    const code = text.charCodeAt(at);
    if (isAsciiWord(code)) seen++;
    else if ((code !== 32 && code !== 0xa0 && code !== 45) || !isAsciiWord(text.charCodeAt(at - 1))) return undefined;
  }
  const next = text.charCodeAt(at);
  return isAsciiWord(next) || next === 95 ? undefined : at;
}

export const iban: Detector = { kind: "iban", digits: find, lettersBefore: "only" };
