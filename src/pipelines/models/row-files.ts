/** Rows of JSONL files by their number, without holding them: where each begins and ends is enough. */
import { stat } from "node:fs/promises";
import { messageOf } from "../../core/errors.ts";

const NEWLINE = 0x0a;

export interface RowFiles {
  readonly count: number;
  /** The object of a row, or why there is none. */
  row(index: number): Promise<{ value: Record<string, unknown> } | { problem: string; where: string }>;
}

/** Finds the lines of files; empty ones are left out. */
export async function openRowFiles(paths: readonly string[]): Promise<RowFiles> {
  const [files, starts, ends]: [number[], number[], number[]] = [[], [], []];
  for (const [file, path] of paths.entries()) {
    const { size } = await stat(path);
    let position = 0;
    let start = 0;
    const line = (end: number) => {
      if (end > start) {
        files.push(file);
        starts.push(start);
        ends.push(end);
      }
      start = end + 1;
    };
    for await (const bytes of Bun.file(path).stream()) {
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) line(position + at);
      position += bytes.length;
    }
    line(size);
  }
  return {
    count: files.length,
    row: async (index) => {
      const path = paths[files[index]!]!;
      const where = `${path}, byte ${starts[index]}`;
      try {
        const value: unknown = JSON.parse(await Bun.file(path).slice(starts[index], ends[index]).text());
        if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value: { ...value } };
        return { problem: "it is no object", where };
      } catch (error) {
        return { problem: messageOf(error), where };
      }
    },
  };
}
