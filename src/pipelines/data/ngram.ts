/** Trains the n-gram model that the filter perplexity asks for. */
import { InterruptedError } from "../../core/errors.ts";
import { writeNgramModel } from "../../curate/classifiers/perplexity/file.ts";
import { trainNgramModel } from "../../curate/classifiers/perplexity/train.ts";
import { nothingFound, readTexts, type TextsRequest } from "../texts.ts";

export interface NgramRequest extends TextsRequest {
  /** The model's file. */
  out: string;
  /** Words of the longest n-grams. */
  order: number;
}

export interface NgramReport {
  out: string;
  order: number;
  texts: number;
  lines: number;
  /** Records that could not be read. */
  rejects: number;
  seconds: number;
}

/** @throws InterruptedError when the signal aborts: nothing is written */
export async function trainNgrams(request: NgramRequest, onTexts?: (texts: number) => void): Promise<NgramReport> {
  const { out, order, signal } = request;
  const started = performance.now();
  const found = nothingFound();
  const report: NgramReport = { out, order, texts: 0, lines: 0, rejects: 0, seconds: 0 };
  async function* lines(): AsyncGenerator<string> {
    for await (const text of readTexts(request, found)) {
      if (signal.aborted) throw new InterruptedError("nothing was written");
      report.texts++;
      onTexts?.(report.texts);
      for (const line of text.split("\n")) {
        if (line.trim() === "") continue;
        report.lines++;
        yield line;
      }
    }
  }
  await writeNgramModel(out, await trainNgramModel(lines(), { order }));
  return { ...report, rejects: found.rejects, seconds: (performance.now() - started) / 1000 };
}
