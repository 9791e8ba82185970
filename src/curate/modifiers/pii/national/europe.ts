/** Personal numbers of European states. */
import { isBirthday, luhn, mod11Then10, weighted } from "../checksums.ts";
import type { ShapedNumber } from "../shapes.ts";

const number = (plain: string, from: number, to: number) => Number(plain.slice(from, to));
const letterOf = (letters: string, value: number) => letters[value % letters.length];

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE";
const hetuLetters = "0123456789ABCDEFHJKLMNPRSTUVWXY";
const codiceOdd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

export const european: readonly ShapedNumber[] = [
  {
    name: "uk-nino",
    shapes: ["AA999999A", "AA 99 99 99 A", "AA 999999 A", "AA99 99 99 A", "AA-99-99-99-A"],
    valid: (plain) => /^(?!BG|GB|NK|KN|TN|NT|ZZ)(?:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]|QQ)\d{6}[A-D]$/.test(plain),
  },
  {
    name: "uk-nhs",
    shapes: [],
    bare: ["999 999 9999", "9999999999", "999-999-9999"],
    context: /\bnhs\b[^\n\d]{0,20}$/,
    valid: (plain) => {
      const check = (11 - (weighted(plain, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
      return check !== 10 && check === number(plain, 9, 10);
    },
  },
  {
    name: "de-steuer-id",
    shapes: ["99999999999", "99 999 999 999"],
    valid: (plain) => {
      const counts = Array.from("0123456789", (digit) => plain.slice(0, 10).split(digit).length - 1);
      const most = Math.max(...counts);
      const repeats = counts.filter((count) => count > 1).length;
      return plain[0] !== "0" && (most === 2 || most === 3) && repeats === 1 && mod11Then10(plain);
    },
  },
  {
    name: "fr-nir",
    shapes: [
      "999999999999999",
      "9 99 99 99 999 999 99",
      "9 99 99 9A 999 999 99",
      "99999A999999999",
      "9999999999999 99",
    ],
    valid: (plain) => {
      const month = number(plain, 3, 5);
      if (!/^[1-478]/.test(plain) || !(month <= 12 ? month > 0 : month >= 20 && month <= 42)) return false;
      const corsica = plain[6] === "A" ? 1_000_000 : plain[6] === "B" ? 2_000_000 : 0;
      if (/[A-Z]/.test(plain) && (corsica === 0 || plain[5] !== "2")) return false;
      const value = Number(plain.slice(0, 13).replace(/[AB]/, "0")) - corsica;
      return 97 - (value % 97) === number(plain, 13, 15);
    },
  },
  {
    name: "es-dni",
    shapes: ["99999999A", "99999999-A", "99.999.999-A", "99.999.999A", "A9999999A", "A-9999999-A", "A9999999-A"],
    valid: (plain) => {
      if (!/^[XYZ\d]\d{7}[A-Z]$/.test(plain)) return false;
      const value = Number(plain.slice(0, 8).replace(/^[XYZ]/, (first) => String("XYZ".indexOf(first))));
      return letterOf(dniLetters, value) === plain[8];
    },
  },
  {
    name: "it-codice-fiscale",
    shapes: ["AAAAAA99A99A999A", "AAA AAA 99A99 A999A"],
    valid: (plain) => {
      if (!/^[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]$/.test(plain)) return false;
      const day = number(plain, 9, 11) % 40;
      const sum = Array.from(plain.slice(0, 15), (character, i) => {
        const value = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
        return i % 2 === 0 ? codiceOdd[value]! : value;
      }).reduce((a, b) => a + b, 0);
      return day >= 1 && day <= 31 && String.fromCharCode(65 + (sum % 26)) === plain[15];
    },
  },
  {
    name: "nl-bsn",
    shapes: [],
    bare: ["999999999", "9999.99.999", "999 999 999", "9999 99 999"],
    context: /\b(?:bsn|burgerservicenummer|sofi(?:nummer|-nummer)?|citizen service number)\b[^\n\d]{0,20}$/,
    valid: (plain) => weighted(plain, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
  },
  {
    name: "pl-pesel",
    shapes: [],
    bare: ["99999999999"],
    context: /\bpesel\b[^\n\d]{0,20}$/,
    valid: (plain) =>
      isBirthday(number(plain, 2, 4) % 20, number(plain, 4, 6)) &&
      weighted(plain, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
  },
  {
    name: "se-personnummer",
    shapes: ["999999-9999", "999999+9999", "99999999-9999"],
    bare: ["9999999999", "999999999999"],
    context: /\b(?:personnummer|personal (?:identity )?number|pnr|samordningsnummer)\b[^\n\d]{0,20}$/,
    valid: (plain) => {
      const short = plain.slice(-10);
      const day = number(short, 4, 6);
      return isBirthday(number(short, 2, 4), day > 60 ? day - 60 : day) && luhn(short);
    },
  },
  {
    name: "fi-hetu",
    shapes: ["999999-9999", "999999-999A", "999999A9999", "999999A999A", "999999+9999", "999999+999A"],
    valid: (plain) => {
      const bare = plain.length === 11 ? plain.slice(0, 6) + plain.slice(7) : plain;
      if (!isBirthday(number(bare, 2, 4), number(bare, 0, 2))) return false;
      return letterOf(hetuLetters, Number(bare.slice(0, 9))) === bare[9];
    },
  },
  {
    name: "no-fodselsnummer",
    shapes: ["99999999999", "999999 99999"],
    valid: (plain) =>
      isBirthday(number(plain, 2, 4) % 40, number(plain, 0, 2) % 40) &&
      weighted(plain, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
      weighted(plain, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
  },
  {
    name: "dk-cpr",
    shapes: [],
    bare: ["999999-9999", "9999999999"],
    context: /\bcpr(?:[ -]?(?:nr|nummer|number))?\b[^\n\d]{0,20}$/,
    valid: (plain) => isBirthday(number(plain, 2, 4), number(plain, 0, 2)),
  },
  {
    name: "be-national-number",
    shapes: ["99.99.99-999.99"],
    bare: ["99999999999", "99.99.99 999.99"],
    context: /\b(?:rijksregisternummer|num[ée]ro national|niss|insz|national (?:register )?number)[^\n\d]{0,20}$/,
    valid: (plain) => {
      const [body, check] = [Number(plain.slice(0, 9)), number(plain, 9, 11)];
      return 97 - (body % 97) === check || 97 - ((2_000_000_000 + body) % 97) === check;
    },
  },
  {
    name: "ch-ahv",
    shapes: ["999.9999.9999.99"],
    bare: ["9999999999999"],
    context: /\b(?:ahv|avs|oasi)\b[^\n\d]{0,20}$/,
    valid: (plain) => plain.startsWith("756") && weighted(plain, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0,
  },
  {
    name: "cz-rodne-cislo",
    shapes: ["999999/9999"],
    valid: (plain) =>
      isBirthday((number(plain, 2, 4) % 50) % 20, number(plain, 4, 6)) &&
      (Number(plain) % 11 === 0 || (Number(plain.slice(0, 9)) % 11 === 10 && plain[9] === "0")),
  },
  {
    name: "ro-cnp",
    shapes: ["9999999999999"],
    valid: (plain) => {
      const check = weighted(plain, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
      return (
        /^[1-8]/.test(plain) &&
        isBirthday(number(plain, 3, 5), number(plain, 5, 7)) &&
        /^.{7}(?:0[1-9]|[1-3]\d|4[0-8]|5[12]|70|8[0-3])/.test(plain) &&
        (check === 10 ? 1 : check) === number(plain, 12, 13)
      );
    },
  },
  {
    name: "pt-nif",
    shapes: [],
    bare: ["999999999", "999 999 999"],
    context: /\b(?:nif|contribuinte)\b[^\n\d]{0,20}$/,
    valid: (plain) => {
      const check = (11 - (weighted(plain, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
      return (check === 10 ? 0 : check) === number(plain, 8, 9);
    },
  },
  {
    name: "hr-oib",
    shapes: [],
    bare: ["99999999999"],
    context: /\boib\b[^\n\d]{0,20}$/,
    valid: mod11Then10,
  },
];
