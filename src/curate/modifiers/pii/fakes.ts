/** Fake values that stand for personal data: stable per value, of valid form, and never anybody's. */
import { mod97 } from "./checksums.ts";
import type { PiiKind } from "./detector.ts";

/** Makes the fake of a value. The same key, kind and value always give the same fake, whatever was seen before. */
export type MakeFake = (kind: PiiKind, value: string) => string;

/** Opens the fakes of one key: without it nobody can find out a value by trying candidates. */
export function openFakes(key: string): MakeFake {
  return (kind, value) => {
    const hash = new Bun.CryptoHasher("sha256", key).update(`${kind}\0${normal(kind, value)}`).digest();
    return makers[kind](value, hash);
  };
}

/** Spellings of one value that shall have one fake. */
function normal(kind: PiiKind, value: string): string {
  if (kind === "secret") return value;
  if (kind === "address") return value.toLowerCase().replace(/[\s,.]+/g, " ");
  if (kind === "email" || kind === "ip") return value.toLowerCase();
  return value.toLowerCase().replace(/[^a-z0-9]+/g, "");
}

type Maker = (value: string, hash: Uint8Array) => string;

const makers: Record<PiiKind, Maker> = {
  email: (_, hash) => `user-${hex(hash, 10)}@example.${["com", "org", "net"][hash[31]! % 3]}`,
  ip: fakeIp,
  card: fakeCard,
  iban: fakeIban,
  // No number has area 000.
  ssn: (value, hash) => fill(value, `000${digits(hash, 6)}`),
  "national-id": fakeNationalId,
  phone: fakePhone,
  address: (_, hash) => `${1 + (hash[0]! % 99)} ${sampleStreet}, Sampletown`,
  secret: (_, hash) => `${sampleSecret}${hex(hash, 16)}`,
};

/** What the detectors of addresses and secrets know not to be real. */
export const sampleStreet = "Placeholder Street";
export const sampleSecret = "example-secret-";
/** E-mail addresses that `openFakes` makes. */
export const sampleEmail = /^user-[0-9a-f]{10}@example\.(?:com|org|net)$/;

function hex(hash: Uint8Array, length: number): string {
  return Buffer.from(hash).toString("hex").slice(0, length);
}

/** Up to 32 decimal digits. */
function digits(hash: Uint8Array, length: number): string {
  return Array.from(hash.subarray(0, length), (byte) => byte % 10).join("");
}

/** `value` with its digits replaced one by one; what stands between them stays. */
function fill(value: string, replacement: string): string {
  let next = 0;
  return value.replace(/\d/g, () => replacement[next++] ?? "0");
}

/** The ranges that RFC 5737 and RFC 3849 set aside for documentation. */
function fakeIp(value: string, hash: Uint8Array): string {
  if (value.includes(":")) return `2001:db8:${hex(hash, 4)}:${hex(hash.subarray(2), 4)}::${hex(hash.subarray(4), 4)}`;
  return `${["192.0.2", "198.51.100", "203.0.113"][hash[0]! % 3]}.${1 + (hash[1]! % 254)}`;
}

/** No issuer has the prefix 9999 (ISO/IEC 7812 leaves 9 to national bodies); Luhn's sum holds. */
function fakeCard(value: string, hash: Uint8Array): string {
  const length = value.replace(/\D/g, "").length;
  const body = `9999${digits(hash, length - 5)}`;
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    const digit = Number(body[body.length - 1 - i]) * (i % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return fill(value, `${body}${(10 - (sum % 10)) % 10}`);
}

/** Length of the bank code that is blanked: no bank has zeros or X there. */
export const blankBankCode = 4;

/** The country, a bank code of zeros (X for letters), an account from the hash, and check digits that fit. */
function fakeIban(value: string, hash: Uint8Array): string {
  const plain = value.replace(/[^A-Za-z0-9]/g, "").toUpperCase();
  const pool = digits(hash, 32);
  const account = Array.from(plain.slice(4), (character, i) =>
    /\d/.test(character) ? (i < blankBankCode ? "0" : pool[i]) : "X",
  ).join("");
  const check = String(98 - mod97(`${account}${plain.slice(0, 2)}00`)).padStart(2, "0");
  const fake = `${plain.slice(0, 2)}${check}${account}`;
  let next = 0;
  return value.replace(/[A-Za-z0-9]/g, () => fake[next++]!);
}

/** Four leading zeros, which no register gives out, and X for letters; the layout stays. */
function fakeNationalId(value: string, hash: Uint8Array): string {
  return fill(value.replace(/[A-Za-z]/g, "X"), `0000${digits(hash, 20)}`);
}

const northAmerican = /^(\+?1[ .-]?)?\(?\d{3}\)?[ ./-]{0,3}\d{3}[ .-]{0,3}\d{4}(?!\d)/;

/** North American numbers get an area code that is never assigned (37x), all others the unassigned country code 999. */
function fakePhone(value: string, hash: Uint8Array): string {
  const pool = digits(hash, 12);
  const match = northAmerican.exec(value);
  if (!match) return `+999 ${pool.slice(0, 4)} ${pool.slice(4, 8)}`;
  return fill(value, `${match[1] ? "1" : ""}37${pool[0]}${2 + (hash[12]! % 8)}${pool.slice(1, 7)}`);
}
