/** Subtitles (SubRip, WebVTT): cues joined to sentences and paragraphs, each paragraph with its time. */
import type { Segment } from "../../core/document.ts";
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";

const subtitles: Format = {
  name: "subtitles",
  extensions: extensions.subtitles,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    const cues = cuesOf(decoded.text);
    const { text, segments } = paragraphs(cues);
    const end = cues.reduce((latest, cue) => Math.max(latest, cue.to), 0);
    yield fileDocument(input, decoded, {
      kind: "subtitles",
      text,
      segments,
      metadata: { cues: cues.length, duration_s: Math.round(end) },
    });
  },
};
export default subtitles;

interface Cue {
  /** Seconds. */
  from: number;
  to: number;
  /** 1-based source line of its time. */
  line: number;
  lines: string[];
}

const TIMES = /^\s*((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})\s+-->\s+((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})/;
/** A silence of so many seconds, or a paragraph of so many with a sentence that ends, begins another one. */
const SILENCE = 3;
const PARAGRAPH = 45;

function cuesOf(source: string): Cue[] {
  const cues: Cue[] = [];
  let cue: Cue | undefined;
  for (const [i, line] of source.split("\n").entries()) {
    const times = TIMES.exec(line);
    if (times) {
      cue = { from: seconds(times[1]!), to: seconds(times[2]!), line: i + 1, lines: [] };
      cues.push(cue);
    } else if (line.trim() === "") cue = undefined;
    else cue?.lines.push(plain(line));
  }
  return cues;
}

function seconds(time: string): number {
  return time.split(":").reduce((total, part) => total * 60 + Number(part.replace(",", ".")), 0);
}

/** Without tags; a voice names who speaks. */
function plain(line: string): string {
  return line
    .replace(/<v(?:\.[^\s>]*)?\s+([^>]+)>/g, "$1: ")
    .replace(/<[^>]*>|\{\\[^}]*\}/g, "")
    .replace(
      /&(amp|lt|gt|nbsp);/g,
      (_, name: "amp" | "lt" | "gt" | "nbsp") => ({ amp: "&", lt: "<", gt: ">", nbsp: " " })[name],
    )
    .replace(/\s+/g, " ")
    .trim();
}

function paragraphs(cues: readonly Cue[]): { text: string; segments: Segment[] } {
  const segments: Segment[] = [];
  let text = "";
  let began = 0;
  let last: { text: string; to: number } | undefined;
  const write = (part: string, line: number) => {
    segments.push({ start: text.length, line, step: 0 });
    text += part;
  };
  for (const cue of cues) {
    for (const [i, line] of cue.lines.entries()) {
      // Rolling captions repeat the line before.
      if (line === "" || line === last?.text) continue;
      const speaks = /^[-–]\s|^[\p{Lu}][^:.!?]{0,30}: /u.test(line);
      const isEnd = !last || /[.!?…"”)\]♪]$/.test(last.text);
      if (!last || cue.from - last.to > SILENCE || (isEnd && cue.from - began > PARAGRAPH)) {
        if (text !== "") text += "\n\n";
        write(`[${clock(cue.from)}] `, cue.line);
        began = cue.from;
      } else text += speaks ? "\n" : " ";
      write(line, cue.line + 1 + i);
      last = { text: line, to: cue.to };
    }
  }
  return { text, segments };
}

/** As players show it; its first digits stand in the file too. */
function clock(time: number): string {
  const parts = [time / 3600, (time / 60) % 60, time % 60].map((part) => String(Math.floor(part)).padStart(2, "0"));
  return parts.join(":");
}
