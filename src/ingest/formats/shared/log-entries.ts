/** Where the entries of a log begin: lines that start with a time, as programs write it. */

const DATE = String.raw`\d{4}[-/.]\d\d[-/.]\d\d`;
const CLOCK = String.raw`\d\d:\d\d:\d\d(?:[.,]\d+)?`;
const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LEVEL = String.raw`(?:\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|SEVERE)\]?:?\s+)?`;
const START = new RegExp(
  `^${LEVEL}[\\[(<]?(?:` +
    [
      `(?:[\\w./-]+(?:\\[\\d+\\])?:? )?${DATE}[T ,]+${CLOCK}`,
      `${DAY},? (?:${MONTH} +\\d{1,2}|\\d{1,2} ${MONTH})[ ,]`,
      `${MONTH} +\\d{1,2} (?:\\d{4} )?${CLOCK}`,
      String.raw`\d{1,2}[/-]${MONTH}[/-]\d{4}[: ]${CLOCK}`,
      `${CLOCK}[ \\])]`,
      String.raw` *\d+\.\d{3,6}\] `,
      String.raw`[IWEF]\d{4} ${CLOCK}`,
      String.raw`(?:\d{1,3}\.){3}\d{1,3} \S+ \S+ \[\d{1,2}/${MONTH}/\d{4}:${CLOCK}`,
      String.raw`(?:<\d{1,3}>\d )${DATE}T${CLOCK}`,
    ].join("|") +
    ")",
);
/** A time stands within so many characters of a line. */
const WITHIN = 120;

export function beginsEntry(line: string): boolean {
  return START.test(line.length > WITHIN ? line.slice(0, WITHIN) : line);
}

/** Entries that a log must have, and their share of the lines of a text that is not named as a log. */
const MIN_ENTRIES = 3;
const NAMED_SHARE = 0.1;
const UNNAMED_SHARE = 0.6;

/** Whether the beginning of a file is one of a log; `named` when its name says so. */
export function isLog(head: string, named: boolean): boolean {
  const lines = head
    .split("\n")
    .slice(0, 500)
    .filter((line) => line.trim() !== "");
  const entries = lines.filter(beginsEntry).length;
  return entries >= MIN_ENTRIES && entries >= (named ? NAMED_SHARE : UNNAMED_SHARE) * lines.length;
}
