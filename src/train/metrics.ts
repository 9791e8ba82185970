/** `metrics.jsonl` in the adapter's folder: one object per report, numbers in full precision. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MdpError, messageOf } from "../core/errors.ts";

export interface TrainMetrics {
  kind: "train";
  /** Batches trained on so far. */
  step: number;
  /** Since the last report: weighted by tokens; in mlx-lm's mode the mean of the batches' means. */
  loss: number;
  learning_rate: number;
  tokens_per_second: number;
  /** Counted targets since the start. */
  trained_tokens: number;
  /** In 10⁹ bytes, the most that arrays held. */
  peak_memory: number;
}

export interface ValidationMetrics {
  kind: "val";
  /** Batches trained on before. */
  step: number;
  loss: number;
}

export type Metrics = TrainMetrics | ValidationMetrics;

export class MetricsFile {
  readonly path: string;

  /** @param keepBytes what a resumed run keeps: the lines up to its checkpoint; later ones come again */
  constructor(folder: string, keepBytes: number) {
    this.path = join(folder, "metrics.jsonl");
    this.#try(() => {
      mkdirSync(folder, { recursive: true });
      if (keepBytes === 0 || !existsSync(this.path)) writeFileSync(this.path, "");
      else if (this.bytes > keepBytes) truncateSync(this.path, keepBytes);
    });
  }

  get bytes(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  write(metrics: Metrics): void {
    this.#try(() => appendFileSync(this.path, `${JSON.stringify(metrics)}\n`));
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (cause) {
      throw new MdpError({
        code: "output-unwritable",
        message: `the metrics could not be written (${messageOf(cause)})`,
        where: this.path,
        hint: "choose another folder with --adapter-path, or make room there",
        cause,
      });
    }
  }
}

/** The objects of a metrics file; lines that are cut off are left out. */
export function readMetrics(path: string): Metrics[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Metrics];
      } catch {
        return [];
      }
    });
}
