/** `embed`: texts → vectors, row by row in input order, for other programs. */
import type { Settings } from "../config/schema.ts";
import { InterruptedError } from "../core/errors.ts";
import { Stream } from "../core/stream.ts";
import { openCachedEmbedder } from "../embed/cached-embedder.ts";
import { readTextRows } from "../embed/text-rows.ts";
import { checkVectorPath, openVectorWriter } from "../embed/writers/index.ts";
import { vectorLines } from "../embed/writers/jsonl.ts";
import type { VectorWriter } from "../embed/writers/writer.ts";
import { openInput } from "./input.ts";

/** Texts that are embedded together: enough to sort by length, few enough for memory to stay flat. */
const WINDOW_TEXTS = 2048;

/** Refused rows that a report names. */
const REFUSALS_SHOWN = 100;

export interface EmbedRequest {
  /** A file, or `-` for standard input. */
  input: string;
  /** Each line is an object with `text`, and perhaps `id`; otherwise each line is a text. */
  jsonl: boolean;
  /** File to write, its format by its ending; without one JSON lines go to `writeOut`. */
  out?: string;
  writeOut: (text: string) => Promise<void>;
  settings: Settings;
  signal: AbortSignal;
  onProgress?: (done: { texts: number; tokens: number }) => void;
}

export interface EmbedReport {
  rows: number;
  /** Rows whose vectors were in the user's cache. */
  cached: number;
  /** Tokens that went through the model. */
  tokens: number;
  /** Texts longer than the model takes, whose tail the vector does not see. */
  truncated: number;
  /** Rows that an endpoint refused, whose vectors are zeros: how many, and the first of them with the reasons. */
  refused: number;
  refusals: { id: string | number; reason: string }[];
  seconds: number;
  model: string;
  dimension: number;
  fingerprint: string;
  /** What the user should know of the choice of settings. */
  notes: readonly string[];
}

/**
 * Embeds every row of the input.
 *
 * @throws MdpError `not-found` for a missing file, `bad-row` naming the line; with an output file, nothing is left.
 */
export async function embedTexts(request: EmbedRequest): Promise<EmbedReport> {
  const { out, writeOut, signal, onProgress } = request;
  if (out !== undefined) checkVectorPath(out);
  const bytes = await openInput(request.input);
  using embedder = await openCachedEmbedder(request.settings.embed);
  const { name, dimension, fingerprint } = embedder.description;
  const writer = out === undefined ? lineWriter(writeOut) : await openVectorWriter(out, { dimension });
  const counts = { rows: 0, cached: 0, tokens: 0, truncated: 0, refused: 0, seconds: 0 };
  const report: EmbedReport = { ...counts, refusals: [], model: name, dimension, fingerprint, notes: [] };
  const started = performance.now();
  try {
    const rows = readTextRows(bytes, { jsonl: request.jsonl, where: request.input });
    for await (const window of Stream.from(rows).batch(WINDOW_TEXTS)) {
      if (signal.aborted) throw new InterruptedError();
      const result = await embedder.embed(
        window.map(({ text }) => text),
        "document",
        {
          signal,
          onProgress: ({ texts, tokens }) =>
            onProgress?.({ texts: report.rows + texts, tokens: report.tokens + tokens }),
        },
      );
      await writer.write(
        window.map(({ id }) => id),
        result.vectors,
      );
      report.rows += window.length;
      report.tokens += result.tokens;
      for (const cut of result.truncated) report.truncated += cut;
      for (const [row, reason] of result.refused ?? []) {
        if (report.refused++ < REFUSALS_SHOWN) report.refusals.push({ id: window[row]!.id, reason });
      }
      for (const cached of result.cached ?? []) report.cached += cached;
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  report.notes = embedder.notes ?? [];
  report.seconds = (performance.now() - started) / 1000;
  return report;
}

function lineWriter(writeOut: (text: string) => Promise<void>): VectorWriter {
  return {
    write: (ids, vectors) => writeOut(vectorLines(ids, vectors)),
    close: async () => {},
    abort: async () => {},
  };
}
