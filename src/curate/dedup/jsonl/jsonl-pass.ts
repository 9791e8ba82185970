/** Goes through files of JSON lines once: calls what decides about each document, and copies the lines that stay. */
import { closeSync, openSync } from "node:fs";
import { MdpError, messageOf } from "../../../core/errors.ts";
import { OutputFile } from "../files/output-file.ts";
import type { JsonLines, LineKind } from "./json-lines.ts";

export interface JsonlFile {
  input: string;
  output: string;
}

export interface LineReject {
  path: string;
  /** Counted from 1. */
  line: number;
  reason: LineKind;
}

export interface PassOptions {
  files: readonly JsonlFile[];
  lines: JsonLines;
  /** Called for each document with where the block begins in the file, less where in `lines.bytes`; true keeps its line. */
  keep: (file: number, base: number) => boolean;
  /** Whether lines are copied; false only reads. */
  write: boolean;
  onReject?: ((reject: LineReject) => void) | undefined;
  onBytes?: ((bytes: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Outputs are complete but not published: that is for the caller, who may discard them. */
export async function passOver(options: PassOptions): Promise<OutputFile[]> {
  const outputs: OutputFile[] = [];
  try {
    for (const [index, file] of options.files.entries()) {
      const output = options.write ? new OutputFile(file.output) : undefined;
      if (output) outputs.push(output);
      await passFile(options, index, output);
      output?.close();
    }
    return outputs;
  } catch (error) {
    for (const output of outputs) output.discard();
    throw error;
  }
}

async function passFile(options: PassOptions, index: number, output: OutputFile | undefined): Promise<void> {
  const { files, lines, onReject, onBytes, signal } = options;
  const path = files[index]!.input;
  const fd = openInput(path);
  let line = 0;
  let position = 0;
  try {
    for (const { from, to } of lines.blocks(fd, path)) {
      // Lines that stay and follow each other are written at once.
      let kept = from;
      for (let kind = lines.scan(); kind !== undefined; kind = lines.scan()) {
        line++;
        if (kind === "blank") continue;
        if (kind === "document" && options.keep(index, position - from)) continue;
        if (kind !== "document") onReject?.({ path, line, reason: kind });
        output?.write(lines.bytes, kept, lines.start);
        kept = lines.end;
      }
      output?.write(lines.bytes, kept, to);
      position += to - from;
      onBytes?.(to - from);
      await new Promise<void>((done) => setImmediate(done));
      signal?.throwIfAborted();
    }
  } finally {
    closeSync(fd);
  }
}

export function openInput(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new MdpError({ code: "input-unreadable", message: messageOf(cause), where: path, cause });
  }
}
