/** Keys and passwords: known forms, private keys in PEM, what is assigned to a name such as `api_key`, credentials in URLs. */
import { isAsciiWord, isDigit } from "./characters.ts";
import type { Detector, PiiSpan } from "./detector.ts";
import { sampleSecret } from "./fakes.ts";
import { knownKeys } from "./secret/known.ts";

const longestPem = 16_384;

/** Known forms by their first three characters. */
const byHead = new Map<string, RegExp[]>();
for (const [head, form] of Object.entries(knownKeys)) {
  const key = head.slice(0, 3);
  byHead.set(key, [...(byHead.get(key) ?? []), form]);
}

/** Which pairs of ASCII characters begin a known form: most words are refused by one look. */
const heads = new Uint8Array(128 * 128);
for (const head of ["--", "SG", ...Object.keys(knownKeys)]) heads[head.charCodeAt(0) * 128 + head.charCodeAt(1)] = 1;

/** Names whose value is a secret, at their end: `DB_PASSWORD`, `clientSecret`, `x-api-key`. */
const secretNames =
  /(?:password|passwd|passphrase|pwd|secret|api[-_ ]?key|apikey|access[-_ ]?key|secret[-_ ]?key|auth[-_ ]?key|account[-_ ]?key|private[-_ ]?key|encryption[-_ ]?key|signing[-_ ]?key|access[-_ ]?token|auth[-_ ]?token|refresh[-_ ]?token|bot[-_ ]?token|api[-_ ]?token|token|credentials?|(?:client|app|consumer)[-_ ]?secret|aws[-_ ]?secret[-_ ]?access[-_ ]?key)["'`\]]?\s?$/i;

const value = /\s?>?\s?(?:(?:Bearer|Basic|Token)\s)?(["'`]?)([A-Za-z0-9+/_.~!@#$%^&*=:-]{6,256})\1/y;

function find(text: string, start: number): PiiSpan | undefined {
  const afterDot = text.charCodeAt(start - 1) === 46;
  if (!afterDot && heads[text.charCodeAt(start) * 128 + text.charCodeAt(start + 1)] !== 1) return undefined;
  if (text.startsWith("-----BEGIN", start)) return findPem(text, start);
  // SendGrid's keys have a dot after two letters, which ends a word.
  const from = afterDot && text.startsWith("SG.", start - 3) ? start - 3 : start;
  for (const form of byHead.get(text.slice(from, from + 3)) ?? []) {
    form.lastIndex = from;
    if (form.test(text)) return { start: from, end: form.lastIndex, kind: "secret" };
  }
  return undefined;
}

/** A private key in PEM; without its end, the lines of base64 that follow. */
function findPem(text: string, start: number): PiiSpan | undefined {
  const head = /^-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/.exec(text.slice(start, start + 80));
  if (!head) return undefined;
  const from = start + head[0].length;
  const near = text.slice(from, from + longestPem);
  const dashes = near.indexOf("-----");
  const body = dashes === -1 ? near : near.slice(0, dashes);
  if (!/[A-Za-z0-9+/=]{16}/.test(body)) return undefined;
  const foot = head[0].replace("BEGIN", "END");
  const end = near.startsWith(foot, dashes)
    ? dashes + foot.length
    : /^(?:\s*[A-Za-z0-9+/=]{16,})*/.exec(body)![0].length;
  return { start, end: from + end, kind: "secret" };
}

/** `at` is the `:` or `=` between a name and its value, or between the parts of a credential in a URL. */
function findAssigned(text: string, at: number): PiiSpan | undefined {
  if (!endsLikeName(text, at)) return undefined;
  const name = text.slice(Math.max(0, at - 40), at);
  if (!secretNames.test(name.slice(name.lastIndexOf("\n") + 1))) return undefined;
  value.lastIndex = at + 1;
  const match = value.exec(text);
  if (!match) return undefined;
  const [, quote, secret] = match as unknown as [string, string, string];
  const start = value.lastIndex - quote.length - secret.length;
  // The next parameter of a URL, and the end of a sentence, are no part of it.
  const trimmed = quote === "" ? secret.replace(/&[\w.-]+=.*$/, "").replace(/[.,:;!]+$/, "") : secret;
  if (quote === "" && (text[value.lastIndex] === "(" || isCode(trimmed))) return undefined;
  // Passwords are shorter than keys.
  if (trimmed.length < 8 && !/(?:pass|pwd)[a-z]*["'`\]]?\s?$/i.test(name)) return undefined;
  if (trimmed.startsWith(sampleSecret) || !isSecretValue(trimmed, quote !== "")) return undefined;
  return { start, end: start + trimmed.length, kind: "secret" };
}

/** The last letters of the names above, behind quotes and a space. */
function endsLikeName(text: string, at: number): boolean {
  let last = at - 1;
  for (let skipped = 0; skipped < 3 && !isAsciiWord(text.charCodeAt(last)); skipped++) last--;
  const code = text.charCodeAt(last) | 32;
  // d, e, l, n, s, t, y
  return code === 100 || code === 101 || code === 108 || code === 110 || code === 115 || code === 116 || code === 121;
}

/** Dotted names, names of packages, paths without a digit. */
function isCode(secret: string): boolean {
  return (
    secret.includes("::") || /^:|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$|^[A-Za-z._~-]+(?:\/[A-Za-z._~-]*)+$/.test(secret)
  );
}

/** Names, calls, paths and placeholders are no secrets; what mixes letters and digits at random is. */
function isSecretValue(secret: string, quoted: boolean): boolean {
  if (
    /^(?:\$|%|<|\{|process\.|os\.|env\.|self\.|this\.|config\.|settings\.|request\.|params\.|https?:|\.{0,2}\/)/.test(
      secret,
    )
  )
    return false;
  if (
    /^(?:x+|\*+|\.+|-+|_+|your[-_].*|my[-_].*|example.*|changeme|placeholder|redacted|undefined|required|optional|null|none|true|false|string|password\d*|secret)$/i.test(
      secret,
    )
  )
    return false;
  if (/^[a-z]+(?:[._-][a-z]+)*[.(]?$/i.test(secret) && !isRandomCase(secret)) return false;
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((one) => one.test(secret)).length;
  if (classes < 2 || !/\d|[^\w.-]/.test(secret)) return false;
  return entropy(secret) >= (quoted ? 2.5 : 2.8);
}

/** Letters that change case more often than words do. */
function isRandomCase(text: string): boolean {
  return text.length >= 20 && (text.match(/[a-z][A-Z]|[A-Z][a-z]/g)?.length ?? 0) > text.length / 3;
}

/** Bits per character, by how often each occurs. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const longestPassword = 130;

/** White space, and " \' / : < > @ */
const endsPassword = (code: number): boolean =>
  code <= 34 || code === 39 || code === 47 || code === 58 || code === 60 || code === 62 || code === 64;

/** The password of `scheme://user:password@host`; `at` is the `@`. */
function findInUrl(text: string, at: number): PiiSpan | undefined {
  if (text.charCodeAt(at) !== 64 || !isAsciiWord(text.charCodeAt(at + 1))) return undefined;
  let colon = at - 1;
  const limit = at - longestPassword;
  while (colon > limit && !endsPassword(text.charCodeAt(colon))) colon--;
  if (text.charCodeAt(colon) !== 58) return undefined;
  const credential = /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'<>]{0,64}:([^\s/:@"'<>]{3,128})$/i.exec(
    text.slice(Math.max(0, at - 240), at),
  );
  const password = credential?.[1];
  if (
    password === undefined ||
    password.startsWith(sampleSecret) ||
    /^[[$<{]|^[x*]+$|^\d{2,5}$|^(?:pass|password|passwd|pw|pwd|secret|token)$/i.test(password)
  )
    return undefined;
  return { start: at - password.length, end: at, kind: "secret" };
}

const webhook =
  /:\/\/(?:hooks\.slack\.com\/services\/T\w+\/B\w+\/\w{16,}|discord(?:app)?\.com\/api\/webhooks\/\d{10,}\/[\w-]{20,})/y;

/** URLs that let anybody post; `at` is the colon of `https:`. */
function findWebhook(text: string, at: number): PiiSpan | undefined {
  if (text.charCodeAt(at + 1) !== 47 || !text.startsWith("https", at - 5)) return undefined;
  webhook.lastIndex = at;
  return webhook.test(text) ? { start: at - 5, end: webhook.lastIndex, kind: "secret" } : undefined;
}

/** Tokens of Telegram's bots: `123456789:AA…`; `at` is the colon. */
function findBotToken(text: string, at: number): PiiSpan | undefined {
  if (!isDigit(text.charCodeAt(at - 8))) return undefined;
  const match = /(?<![\w])\d{8,10}:A[A-Za-z0-9_-]{34}(?![\w-])/.exec(text.slice(Math.max(0, at - 11), at + 37));
  if (!match) return undefined;
  const start = Math.max(0, at - 11) + match.index;
  return { start, end: start + match[0].length, kind: "secret" };
}

export const secret: Detector = {
  kind: "secret",
  word: find,
  at: findInUrl,
  assignment: (text, at) => findAssigned(text, at) ?? findWebhook(text, at) ?? findBotToken(text, at),
};
