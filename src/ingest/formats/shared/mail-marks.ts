/** Marks of mail at a file's beginning. */

const SEPARATOR = /^From \S+.{0,80}\d{4}\r?\n[A-Za-z][\w-]*:/;
/** Headers that only mail starts with: of its way, or of what it is. */
const TRACE = /^(Return-Path|Received|Delivered-To|X-Original-To|Message-ID|MIME-Version): ?\S/i;
const FROM = /^From: ?\S/im;
const ABOUT = /^(Subject|Date|Message-ID): ?\S/im;

/** The format of a text that begins like mail, whatever its name. */
export function mailFormat(text: string): "eml" | "mbox" | undefined {
  if (SEPARATOR.test(text)) return "mbox";
  if (!TRACE.test(text)) return undefined;
  const headers = text.split(/\r?\n\r?\n/, 1)[0]!;
  return FROM.test(headers) && ABOUT.test(headers) ? "eml" : undefined;
}
