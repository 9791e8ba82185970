/** Personal numbers of states outside Europe. */
import { isBirthday, luhn, verhoeff, weighted } from "../checksums.ts";
import type { ShapedNumber } from "../shapes.ts";

const number = (plain: string, from: number, to: number) => Number(plain.slice(from, to));

/** Check digit of CPF: weights fall to 2; a remainder below 2 gives 0. */
function cpfDigit(plain: string, length: number): number {
  const weights = Array.from({ length }, (_, i) => length + 1 - i);
  return ((weighted(plain, weights) * 10) % 11) % 10;
}

export const others: readonly ShapedNumber[] = [
  {
    name: "us-itin",
    shapes: ["999-99-9999"],
    valid: (plain) => /^9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])/.test(plain),
  },
  {
    name: "ca-sin",
    shapes: ["999-999-999"],
    bare: ["999 999 999", "999999999"],
    context: /\b(?:sin|social insurance(?: number)?|nas)\b[^\n\d]{0,20}$/,
    valid: (plain) => /^[1-79]/.test(plain) && luhn(plain),
  },
  {
    name: "br-cpf",
    shapes: ["999.999.999-99"],
    bare: ["99999999999", "999999999-99"],
    context: /\bcpf\b[^\n\d]{0,20}$/,
    valid: (plain) =>
      !/^(\d)\1+$/.test(plain) &&
      cpfDigit(plain, 9) === number(plain, 9, 10) &&
      cpfDigit(plain, 10) === number(plain, 10, 11),
  },
  {
    name: "in-aadhaar",
    shapes: ["9999 9999 9999", "9999-9999-9999"],
    bare: ["999999999999"],
    context: /\b(?:aadhaar|aadhar|uidai|uid)\b[^\n\d]{0,20}$/,
    valid: (plain) => plain >= "2" && verhoeff(plain),
  },
  {
    name: "in-pan",
    shapes: [],
    bare: ["AAAAA9999A"],
    context: /\b(?:pan|permanent account)\b[^\n\d]{0,20}$/,
    valid: (plain) => /^[A-Z]{3}[ABCFGHJLPT]/.test(plain),
  },
  {
    name: "cn-resident-id",
    shapes: ["999999999999999999", "99999999999999999A"],
    valid: (plain) => {
      const sum = weighted(plain, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
      return (
        /^[1-8]\d{5}(?:19|20)/.test(plain) &&
        isBirthday(number(plain, 10, 12), number(plain, 12, 14)) &&
        "10X98765432"[sum % 11] === plain[17]
      );
    },
  },
  {
    name: "kr-rrn",
    shapes: ["999999-9999999"],
    valid: (plain) => /^\d{6}[1-8]/.test(plain) && isBirthday(number(plain, 2, 4), number(plain, 4, 6)),
  },
  {
    name: "jp-my-number",
    shapes: [],
    bare: ["999999999999", "9999 9999 9999"],
    context: /(?:\bmy ?number\b|マイナンバー|個人番号)[^\n\d]{0,20}$/,
    valid: (plain) => {
      const rest = weighted(plain, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
      return (rest <= 1 ? 0 : 11 - rest) === number(plain, 11, 12);
    },
  },
  {
    name: "za-id",
    shapes: ["9999999999999", "999999 9999 999", "999999 9999 99 9"],
    valid: (plain) =>
      isBirthday(number(plain, 2, 4), number(plain, 4, 6)) && /^\d{10}[012][89]/.test(plain) && luhn(plain),
  },
  {
    name: "mx-curp",
    shapes: ["AAAA999999AAAAAA99", "AAAA999999AAAAAAA9"],
    valid: (plain) =>
      /^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}/.test(plain) && isBirthday(number(plain, 6, 8), number(plain, 8, 10)),
  },
  {
    name: "tr-kimlik",
    shapes: [],
    bare: ["99999999999"],
    context: /(?:\bt\.?c\.?|\bkimlik(?: no| numarası)?)[^\n\d]{0,20}$/,
    valid: (plain) => {
      const odd = weighted(plain, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
      const even = weighted(plain, [0, 1, 0, 1, 0, 1, 0, 1]);
      return (
        (((odd * 7 - even) % 10) + 10) % 10 === number(plain, 9, 10) &&
        weighted(plain, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10 === number(plain, 10, 11)
      );
    },
  },
  {
    name: "sg-nric",
    shapes: ["A9999999A"],
    valid: (plain) => {
      if (!/^[STFG]/.test(plain)) return false;
      const sum = weighted(plain.slice(1), [2, 7, 6, 5, 4, 3, 2]) + (/^[TG]/.test(plain) ? 4 : 0);
      return (/^[ST]/.test(plain) ? "JZIHGFEDCBA" : "XWUTRQPNMLK")[sum % 11] === plain[8];
    },
  },
  {
    name: "cl-rut",
    shapes: ["99.999.999-9", "9.999.999-9", "99.999.999-A", "9.999.999-A"],
    bare: ["99999999-9", "99999999-A"],
    context: /\brut\b[^\n\d]{0,20}$/,
    valid: (plain) => {
      const body = plain.slice(0, -1).padStart(8, "0");
      return "0K987654321"[weighted(body, [3, 2, 7, 6, 5, 4, 3, 2]) % 11] === plain.at(-1);
    },
  },
  {
    name: "ar-cuil",
    shapes: ["99-99999999-9"],
    valid: (plain) => {
      const check = 11 - (weighted(plain, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
      return /^(?:20|23|24|27)/.test(plain) && "x12345678990"[check] === plain[10];
    },
  },
  {
    name: "au-tfn",
    shapes: [],
    bare: ["999 999 999", "999999999"],
    context: /\b(?:tfn|tax file(?: number)?)\b[^\n\d]{0,20}$/,
    valid: (plain) => weighted(plain, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
  },
  {
    name: "il-teudat-zehut",
    shapes: [],
    bare: ["999999999", "99999999-9"],
    context: /(?:\bteudat zehut|תעודת זהות|ת\.?ז\.?)[^\n\d]{0,20}$/,
    valid: luhn,
  },
];
