/** What leaves a file out, in words. */
import type { LeftOut } from "../ingest/sources/explain.ts";

const WORDS: Readonly<Record<LeftOut["reason"], string>> = {
  binary: "no format reads it",
  generated: "it is plainly generated; --generated takes it in",
  hidden: "its name begins with a dot; --hidden takes it in",
  ignored: "a rule leaves it out",
  "not-a-file": "it is not a file",
  "outside-root": "it is a link that leads out of what was ingested",
  "link-to-walked": "it is a link to a folder that is walked anyway",
  "broken-link": "it is a link that leads nowhere",
  folder: "it is a folder",
  internal: "it is the project's or git's own",
  "outside-pattern": "the glob that was ingested does not take it",
};

export function sayLeftOut({ reason, rule, path, detail }: LeftOut): string {
  const what = `${path}: ${WORDS[reason]}`;
  if (!rule) return detail ? `${what} (${detail})` : what;
  const file = rule.line === null ? rule.file : `${rule.file}:${rule.line}`;
  const where = rule.setting === undefined ? file : `${rule.setting}${file === null ? "" : ` (${file})`}`;
  return `${what}: "${rule.pattern}" of ${where}`;
}
