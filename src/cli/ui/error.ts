/** Errors as users see them: what happened, where, and what to do next. */
import { MdpError, messageOf, UsageError } from "../../core/errors.ts";
import { jsonText, safeLine, safeText } from "./sanitize.ts";
import { type Paint, paintFor, type Terminal } from "./terminal.ts";

/** The fields that an `MdpError` has; an error of the native layer has them without being one. */
export interface ErrorFacts {
  code: string;
  message: string;
  where?: string | undefined;
  hint?: string | undefined;
}

export function factsOf(error: unknown): ErrorFacts {
  if (error instanceof MdpError) return error;
  const { code, where, hint } = (error ?? {}) as Partial<Record<keyof ErrorFacts, unknown>>;
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const ours = code === undefined;
  return {
    code: ours ? "internal" : String(code),
    message: messageOf(error),
    where: text(where),
    hint:
      text(hint) ?? (ours ? "this is a mistake of mdp itself: please report it, with `mdp version --json`" : undefined),
  };
}

/** 2 for a wrong command line or configuration, 130 for an interruption, 1 for everything else. */
export function exitCodeOfError(error: unknown): number {
  const code = (error as Partial<MdpError> | null)?.code;
  // Options of a library function are a command's flags.
  if (error instanceof UsageError || code === "option-invalid") return 2;
  return code === "interrupted" ? 130 : 1;
}

/** An unexpected error keeps its stack: it is ours, and the report should show where. */
export function renderError(error: unknown, terminal: Terminal, json: boolean): string {
  const facts = factsOf(error);
  if (json) {
    const { code, message, where, hint } = facts;
    return `${jsonText({ error: { code, message, where: where ?? null, hint: hint ?? null } })}\n`;
  }
  const paint = paintFor(terminal);
  const stack = facts.code === "internal" && error instanceof Error ? `${safeText(error.stack ?? "")}\n` : "";
  return renderFacts(`${paint.red(paint.bold("error:"))} `, facts, paint) + stack;
}

/** `label message`, then `in:` and `hint:` lines under it. */
export function renderFacts(label: string, facts: Omit<ErrorFacts, "code">, paint: Paint): string {
  const lines = [`${label}${safeText(facts.message)}`];
  if (facts.where) lines.push(`  ${paint.dim("in:")}   ${safeLine(facts.where)}`);
  for (const [index, hint] of (facts.hint?.split("\n") ?? []).entries()) {
    lines.push(index === 0 ? `  ${paint.dim("hint:")} ${safeLine(hint)}` : `        ${safeLine(hint)}`);
  }
  return `${lines.join("\n")}\n`;
}
