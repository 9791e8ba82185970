/** Times as servers write them into their logs. */

const MINUTE = 60_000;

/** Abbreviations of zones that servers write, in minutes east of Greenwich; those of the same name elsewhere lose. */
const ZONES: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  Z: 0,
  WET: 0,
  WEST: 60,
  BST: 60,
  CET: 60,
  CEST: 120,
  MEZ: 60,
  MESZ: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  IST: 330,
  WIB: 420,
  HKT: 480,
  SGT: 480,
  AWST: 480,
  JST: 540,
  KST: 540,
  AEST: 600,
  AEDT: 660,
  NZST: 720,
  NZDT: 780,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  AKST: -540,
  HST: -600,
  BRT: -180,
  ART: -180,
  SAST: 120,
};

const STAMP =
  /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(?:([A-Z]{1,5})|([+-])(\d\d):?(\d\d)?))?/;

/**
 * Milliseconds since the epoch of `2026-11-25 15:30:07.890 UTC` and its like; undefined for anything else. A time
 * without a zone, or with one that is not known, is taken for UTC.
 */
export function logTime(text: string): number | undefined {
  const found = STAMP.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", zone, sign, hours = "0", minutes = "0"] = found;
  const local = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!);
  const offset = sign ? (sign === "-" ? -1 : 1) * (+hours * 60 + +minutes) : zone ? (ZONES[zone] ?? 0) : 0;
  return local + Math.floor(Number(`0.${fraction || "0"}`) * 1000) - offset * MINUTE;
}
