/** What a generation shows beside its text: how far the prompt is, and how fast it went. */

import type { GenerateReport } from "../../pipelines/generate/report.ts";
import type { SavedPrompt } from "../../pipelines/generate.ts";
import type { Context } from "../context.ts";
import { formatCount } from "./format.ts";
import { logFor } from "./log.ts";
import { ProgressLine } from "./progress.ts";

/** Prompts below this many tokens are done before anybody could read of it. */
const LONG_PROMPT = 2048;

export class GenerationDisplay implements Disposable {
  readonly #line: ProgressLine;
  readonly #log: ReturnType<typeof logFor>;
  readonly #verbose: boolean;

  /** @param verbose statistics or none; by default they are for people at a terminal */
  constructor(context: Pick<Context, "stderr" | "quiet" | "json">, verbose: boolean | undefined) {
    const quiet = context.quiet || context.json;
    this.#line = new ProgressLine(context.stderr, quiet);
    this.#log = logFor({ quiet });
    this.#verbose = verbose ?? context.stderr.isTTY;
  }

  prompt(done: number, total: number): void {
    if (total >= LONG_PROMPT) {
      this.#line.update(() => `prompt · ${formatCount(done)} of ${formatCount(total)} tokens`);
    }
  }

  /** The progress line gives way to the text. */
  clear(): void {
    this.#line[Symbol.dispose]();
  }

  saved({ file, prompt_tokens }: SavedPrompt): void {
    this.#log.info(`${formatCount(prompt_tokens)} tokens saved to ${file}; go on with --prompt-cache-file ${file}`);
  }

  statistics(report: GenerateReport): void {
    if (!this.#verbose) return;
    const { prompt_tokens, prompt_tps, generation_tokens, generation_tps, peak_memory, draft_tokens } = report;
    this.#log.info(
      [
        `Prompt: ${prompt_tokens} tokens, ${prompt_tps.toFixed(3)} tokens-per-sec`,
        `Generation: ${generation_tokens} tokens, ${generation_tps.toFixed(3)} tokens-per-sec`,
        ...(draft_tokens === undefined ? [] : [`Guessed by the draft model: ${draft_tokens} tokens`]),
        `Peak memory: ${peak_memory.toFixed(3)} GB`,
      ].join("\n"),
    );
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}
