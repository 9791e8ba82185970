/** Numbers of a spreadsheet as their cells show them: the usual codes of formats. See ECMA-376-1, 18.8.30. */

/** Codes that a workbook does not write out, by number. */
const BUILT_IN: Readonly<Record<number, string>> = {
  1: "0",
  2: "0.00",
  3: "#,##0",
  4: "#,##0.00",
  9: "0%",
  10: "0.00%",
  11: "0.00E+00",
  14: "yyyy-mm-dd",
  15: "d-mmm-yy",
  16: "d-mmm",
  17: "mmm-yy",
  18: "h:mm AM/PM",
  19: "h:mm:ss AM/PM",
  20: "h:mm",
  21: "h:mm:ss",
  22: "yyyy-mm-dd h:mm",
  37: "#,##0",
  38: "#,##0",
  39: "#,##0.00",
  40: "#,##0.00",
  45: "mm:ss",
  46: "[h]:mm:ss",
  47: "mm:ss.0",
  48: "##0.0E+0",
  49: "@",
};

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
/** A literal, an escaped character, a condition or colour, a part of a date, or any other character. */
const TOKENS = /"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]|AM\/PM|A\/P|y+|m+|d+|h+|s+(?:\.0+)?|./gis;

export function builtInFormat(id: number): string {
  return BUILT_IN[id] ?? "General";
}

/** The number as it is shown; `since1904` for workbooks that count days from that year. */
export function showNumber(value: number, code: string, since1904 = false): string {
  const sections = sectionsOf(code);
  const section = sections[value < 0 && sections.length > 1 ? 1 : value === 0 && sections.length > 2 ? 2 : 0]!;
  if (isDate(section)) return showDate(value, section, since1904) ?? general(value);
  if (/^(general|@|)$/i.test(section.trim())) return general(value);
  // A section of its own for negative numbers writes their sign itself.
  return showDecimal(value < 0 && sections.length > 1 ? -value : value, section) ?? general(value);
}

function sectionsOf(code: string): string[] {
  const bare = code
    .slice(0, 1_000)
    .replace(/\[(?:[a-z]+\d*|[<>=][^\]]*)\]/gi, (found) => (/^\[[hms]+\]$/i.test(found) ? found : ""));
  return (bare.match(/(?:"[^"]*"|\\.|[^;])+|(?<=;)(?=;|$)/g) ?? [""]).slice(0, 4);
}

function isDate(section: string): boolean {
  const marks = section.replace(/"[^"]*"|\\.|_.|\*.|\[\$[^\]]*\]|general/gi, "");
  return /[ymdhs]/i.test(marks) && !/[#?]/.test(marks);
}

/** Fifteen digits, as spreadsheets have. */
function general(value: number): string {
  return String(Number(value.toPrecision(15)));
}

const DAY_MS = 86_400_000;

function showDate(value: number, section: string, since1904: boolean): string | undefined {
  if (!(value >= 0 && value < 3_000_000)) return undefined;
  // The calendar of 1900 has a 29 February that never was.
  const days = since1904 ? value + 1_462 : value < 60 ? value + 1 : value;
  const hasFraction = /s\.0/i.test(section);
  const unit = hasFraction ? 1 : 1_000;
  const ms = Math.round((days * DAY_MS) / unit) * unit;
  const date = new Date(Date.UTC(1899, 11, 30) + ms);
  const half = /AM\/PM|A\/P/i.test(section);
  let minutes = false;
  const tokens = [...section.matchAll(TOKENS)];
  return tokens
    .map(([token, literal, escaped], i) => {
      if (literal !== undefined) return literal;
      if (escaped !== undefined) return escaped;
      const lower = token.toLowerCase();
      const isTime = /^(h+|\[h+\])$/.test(lower);
      const before = minutes;
      if (/^[a-z[]/.test(lower)) minutes = isTime;
      if (/^m+$/.test(lower)) {
        const next = tokens.slice(i + 1).find(([each]) => /^[a-z[]/i.test(each))?.[0] ?? "";
        if (lower.length <= 2 && (before || /^s/i.test(next))) return pad(date.getUTCMinutes(), lower.length);
        return showMonth(date, lower.length);
      }
      return showPart(token, lower, date, { half, totalHours: Math.floor(Math.round(value * 86_400) / 3_600) });
    })
    .join("")
    .trim();
}

function showPart(token: string, lower: string, date: Date, time: { half: boolean; totalHours: number }): string {
  const hours = date.getUTCHours();
  switch (lower[0]) {
    case "y":
      return lower.length <= 2 ? pad(date.getUTCFullYear() % 100, 2) : String(date.getUTCFullYear());
    case "d":
      if (lower.length > 2) return DAYS[date.getUTCDay()]!.slice(0, lower.length === 3 ? 3 : undefined);
      return pad(date.getUTCDate(), lower.length);
    case "h":
      return pad(time.half ? hours % 12 || 12 : hours, lower.length);
    case "s": {
      const [whole, fraction] = lower.split(".");
      const digits = fraction ? `.${pad(date.getUTCMilliseconds(), 3).slice(0, fraction.length)}` : "";
      return pad(date.getUTCSeconds(), whole!.length) + digits;
    }
    case "a":
      return token.length === 1 ? token : hours < 12 ? "AM" : "PM";
    case "[":
      return /^\[h+\]$/.test(lower) ? String(time.totalHours) : "";
    case "_":
    case "*":
      return token.length > 1 ? "" : token;
    default:
      return token;
  }
}

function showMonth(date: Date, letters: number): string {
  const name = MONTHS[date.getUTCMonth()]!;
  if (letters === 5) return name[0]!;
  return letters === 3 ? name.slice(0, 3) : letters === 4 ? name : pad(date.getUTCMonth() + 1, letters);
}

const pad = (value: number, digits: number) =>
  String(value)
    .padStart(Math.min(2, digits), "0")
    .padStart(digits > 2 ? digits : 0, "0");

/** Digits, thousands, percent and powers, with what stands around them; undefined for codes beyond that. */
function showDecimal(value: number, section: string): string | undefined {
  const currency = section.replace(/\[\$([^\]-]*)(?:-[^\]]*)?\]/g, (_, sign: string) => (sign ? `"${sign}"` : ""));
  const match = /[#0?][#0?,.]*(?:E[+-]?0+)?/i.exec(
    currency.replace(/"[^"]*"|\\./g, (found) => "\u0001".repeat(found.length)),
  );
  if (!match || currency.includes("/")) return undefined;
  const [digits] = match;
  const around = (part: string) =>
    part.replace(
      TOKENS,
      (token, literal?: string, escaped?: string) => literal ?? escaped ?? (/^[_*[]./.test(token) ? "" : token),
    );
  const before = around(currency.slice(0, match.index));
  const after = around(currency.slice(match.index + digits.length));
  const scaled = /%/.test(before + after) ? value * 100 : value;
  const decimals = Math.min(20, /\.([0#?]*)/.exec(digits)?.[1]?.length ?? 0);
  const sign = scaled < 0 ? "-" : "";
  const power = /E/i.test(digits);
  let shown = power ? Math.abs(scaled).toExponential(decimals).toUpperCase() : rounded(Math.abs(scaled), decimals);
  const whole = digits.replace(/[.E].*/i, "").replace(/[^0]/g, "").length;
  if (!power && whole > 1) shown = shown.replace(/^\d+/, (found) => found.padStart(whole, "0"));
  if (power) shown = shown.replace(/E([+-])(\d)$/, "E$10$2");
  const optional = /\.0*(#+)/.exec(digits)?.[1]?.length ?? 0;
  if (optional > 0 && !power) shown = trimZeros(shown, optional);
  if (/[#0?],[#0?]/.test(digits)) shown = shown.replace(/\d(?=(?:\d{3})+(?:\.|$))/g, "$&,").replace(/(\.\d*),/g, "$1");
  return `${before}${sign}${shown}${after}`.trim();
}

/** Rounds the fifteen digits that are shown, not the binary number: 1.005 is 1.01. */
function rounded(value: number, decimals: number): string {
  const moved = Number(`${general(value)}e${decimals}`);
  return Number.isSafeInteger(Math.round(moved))
    ? Number(`${Math.round(moved)}e-${decimals}`).toFixed(decimals)
    : value.toFixed(decimals);
}

function trimZeros(shown: string, most: number): string {
  let end = shown.length;
  for (let cut = 0; cut < most && shown[end - 1] === "0"; cut++) end--;
  return shown.slice(0, shown[end - 1] === "." ? end - 1 : end);
}
