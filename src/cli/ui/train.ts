/** What a training run shows: mlx-lm's report lines, and below them one line of progress on a terminal. */
import { PaceMeter } from "../../core/progress.ts";
import type { FitProgress } from "../../train/contrastive/fit.ts";
import type { TrainCallbacks } from "../../train/trainer.ts";
import type { Context } from "../context.ts";
import { formatBytes, formatCount, formatSeconds } from "./format.ts";
import { logFor } from "./log.ts";
import { ProgressLine } from "./progress.ts";

type Callback<Name extends keyof TrainCallbacks> = Parameters<NonNullable<TrainCallbacks[Name]>>[0];

export class TrainDisplay implements TrainCallbacks, Disposable {
  readonly #line: ProgressLine;
  readonly #log: ReturnType<typeof logFor>;
  readonly #steps = new PaceMeter();
  readonly #tokens = new PaceMeter();
  readonly #iters: number;
  #rate = 0;

  constructor(context: Pick<Context, "stderr" | "quiet" | "json">, iters: number) {
    this.#line = new ProgressLine(context.stderr, context.quiet);
    this.#log = logFor({ quiet: context.quiet || context.json });
    this.#iters = iters;
  }

  note(text: string): void {
    this.#say(text);
  }

  onStep({ step, iters, loss, tokens, memory, rate }: Callback<"onStep">): void {
    this.#rate = rate;
    const { remaining } = this.#steps.update(step, iters);
    const pace = this.#tokens.update(tokens);
    this.#line.update(() => {
      const left = remaining === null ? "" : ` · ${formatSeconds(remaining)} left`;
      const speed = `${formatCount(Math.round(pace.rate))} tokens/s · ${formatBytes(memory)}`;
      return `step ${step}/${iters} · loss ${loss.toFixed(3)} · lr ${shortRate(this.#rate)} · ${speed}${left}`;
    });
  }

  onTrainReport(report: Callback<"onTrainReport">): void {
    this.#say(
      `Iter ${report.step}: Train loss ${report.loss.toFixed(3)}, Learning Rate ${report.learning_rate.toExponential(3)}, ` +
        `It/sec ${report.iterations_per_second.toFixed(3)}, Tokens/sec ${report.tokens_per_second.toFixed(3)}, ` +
        `Trained Tokens ${report.trained_tokens}, Peak mem ${report.peak_memory.toFixed(3)} GB`,
    );
  }

  onValidationReport({ step, loss, seconds }: Callback<"onValidationReport">): void {
    this.#say(`Iter ${step}: Val loss ${loss.toFixed(3)}, Val took ${seconds.toFixed(3)}s`);
  }

  onTestReport({ loss, perplexity }: { loss: number; perplexity: number }): void {
    this.#say(`Test loss ${loss.toFixed(3)}, Test ppl ${perplexity.toFixed(3)}.`);
  }

  onSave({ step, path }: Callback<"onSave">): void {
    this.#say(`Iter ${step} of ${this.#iters}: Saved adapter weights to ${path}`);
  }

  /** The progress line gives way to what stays on the screen. */
  #say(text: string): void {
    this.#line[Symbol.dispose]();
    this.#log.info(text);
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }
}

function shortRate(rate: number): string {
  return rate >= 0.01 || rate === 0 ? String(Number(rate.toPrecision(3))) : rate.toExponential(2);
}

/** `step 3/40 · loss 0.512`, of an embedding model. */
export const fitText = ({ step, steps, loss }: FitProgress): string =>
  `step ${step}/${steps} · loss ${loss.toFixed(3)}`;
