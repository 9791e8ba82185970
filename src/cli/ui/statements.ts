/** Statements with how often and how long they ran, for people. */
import type { GroupedStatement, GroupsReport, StatementGroup } from "../../pipelines/statement-groups.ts";
import { formatCount, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import { paintFor, type Terminal } from "./terminal.ts";

const INDENT = "   ";
/** Longest statement, and most other shapes of a group, that are shown. */
const MOST_CHARS = 600;
const MOST_SHAPES = 3;

export function renderGroups(report: GroupsReport, terminal: Terminal): string {
  if (report.groups.length === 0) return terminal.isTTY ? "no statement found\n" : "";
  const blocks = report.groups.map((group) => renderGroup(group, terminal));
  const { groups, shapes, calls, totalMs } = report.matched;
  const shown = groups > report.groups.length ? `, ${formatCount(report.groups.length)} shown` : "";
  const total = `${plural(groups, "group")} of ${plural(shapes, "shape")}${shown}: ${plural(calls, "call")}${totalMs === 0 ? "" : `, ${formatMs(totalMs)}`}`;
  return `${blocks.join("\n")}\n${paintFor(terminal).dim(total)}\n`;
}

function renderGroup(group: StatementGroup, terminal: Terminal): string {
  const paint = paintFor(terminal);
  const [first, ...rest] = group.statements;
  const others = rest.filter(({ fingerprint }, i) => {
    return fingerprint !== first!.fingerprint && rest.findIndex((each) => each.fingerprint === fingerprint) === i;
  });
  const head = `${String(group.rank).padStart(2)} ${paint.bold(callsLine(group))}`;
  const lines = [head, ...whoLines(group).map(paint.dim), ...shown(first!.text)];
  lines.push(paint.cyan(`${safeLine(first!.path)}:${first!.startLine}`));
  for (const other of others.slice(0, MOST_SHAPES))
    lines.push(paint.dim(`~ ${plural(other.calls, "call")}: ${shown(other.text)[0]}`));
  if (others.length > MOST_SHAPES) lines.push(paint.dim(`~ ${plural(others.length - MOST_SHAPES, "more shape")}`));
  return `${lines.map((line, i) => (i === 0 ? line : INDENT + line)).join("\n")}\n`;
}

/** `82 calls, 4.9 ms in all, 0.06 ms on average, 0.5 ms at most`. */
export function callsLine(of: Pick<GroupedStatement, "calls" | "totalMs" | "maxMs">): string {
  const calls = plural(of.calls, "call");
  if (of.totalMs === 0) return calls;
  return `${calls}, ${formatMs(of.totalMs)} in all, ${formatMs(of.totalMs / Math.max(1, of.calls))} on average, ${formatMs(of.maxMs)} at most`;
}

function whoLines({ users, databases, firstTime, lastTime, shapes }: StatementGroup): string[] {
  const parts = [
    shapes > 1 ? plural(shapes, "shape") : "",
    users.length > 0 ? `by ${users.map(safeLine).join(", ")}` : "",
    databases.length > 0 ? `in ${databases.map(safeLine).join(", ")}` : "",
    firstTime !== null ? `${minute(firstTime)} to ${minute(lastTime!)}` : "",
  ].filter((part) => part !== "");
  return parts.length > 0 ? [parts.join(", ")] : [];
}

function minute(time: string): string {
  return time.slice(0, 19).replace("T", " ");
}

function shown(text: string): string[] {
  const line = safeLine(text);
  return [line.length > MOST_CHARS ? `${line.slice(0, MOST_CHARS - 1).toWellFormed()}…` : line];
}

/** Three digits, in the unit that keeps them in front of the point. */
export function formatMs(ms: number): string {
  const [value, unit] =
    ms >= 3.6e6 ? [ms / 3.6e6, "h"] : ms >= 6e4 ? [ms / 6e4, "min"] : ms >= 1e3 ? [ms / 1e3, "s"] : [ms, "ms"];
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return `${value.toFixed(digits)} ${unit}`;
}
