/** Changes of logits `[1, vocabulary]` by what came before: bias and penalties, with mlx-lm's arithmetic and order. */
import { MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";

export interface PenaltyOptions {
  /** Added to the logits of these tokens. */
  logitBias: ReadonlyMap<number, number>;
  /** Logits of recent tokens are divided by it (below zero: multiplied); 0 and 1 change nothing. */
  repetitionPenalty: number;
  /** Tokens that count as recent, for each of the penalties. */
  repetitionContextSize: number;
  presenceContextSize: number;
  frequencyContextSize: number;
  /** Taken off the logits of recent tokens once. */
  presencePenalty: number;
  /** Taken off for each time that a token is among the recent ones. */
  frequencyPenalty: number;
}

export const penaltyDefaults: PenaltyOptions = {
  logitBias: new Map(),
  repetitionPenalty: 0,
  repetitionContextSize: 20,
  presencePenalty: 0,
  presenceContextSize: 20,
  frequencyPenalty: 0,
  frequencyContextSize: 20,
};

export interface LogitsProcessors {
  /** Tokens of the past that `apply` looks at. */
  readonly context: number;
  /** @param recent at least the last `context` tokens, oldest first, `[n]`; fewer where the text is shorter */
  apply(recent: mx.MlxArray, logits: mx.MlxArray): mx.MlxArray;
}

type Step = (recent: mx.MlxArray, logits: mx.MlxArray) => mx.MlxArray;

/** @throws MdpError for a token beyond the vocabulary or a negative penalty; undefined where nothing is asked for */
export function makeProcessors(options: PenaltyOptions, vocabulary: number): LogitsProcessors | undefined {
  const steps: Step[] = [];
  if (options.logitBias.size > 0) steps.push(biasBy(options.logitBias, vocabulary));
  const penalties = [
    ["repetition", repetition, options.repetitionPenalty, options.repetitionContextSize],
    ["presence", presence, options.presencePenalty, options.presenceContextSize],
    ["frequency", frequency, options.frequencyPenalty, options.frequencyContextSize],
  ] as const;
  let context = 0;
  for (const [name, penalize, penalty, size] of penalties) {
    if (!Number.isFinite(penalty) || (name === "repetition" && penalty < 0)) {
      throw invalid(`the ${name} penalty is ${penalty}`, "choose a number that is not negative");
    }
    if (!Number.isInteger(size) || size < 1) {
      throw invalid(`the ${name} penalty looks back ${size} tokens`, "look back at least one token");
    }
    if (penalty === 0) continue;
    context = Math.max(context, size);
    steps.push((recent, logits) => penalize(last(recent, size), logits, penalty));
  }
  if (steps.length === 0) return undefined;
  return { context, apply: (recent, logits) => steps.reduce((changed, step) => step(recent, changed), logits) };
}

function biasBy(bias: ReadonlyMap<number, number>, vocabulary: number): Step {
  const ids = [...bias.keys()];
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (wrong !== undefined) {
    throw invalid(`the logit bias names the token ${wrong}`, `tokens of this model go from 0 to ${vocabulary - 1}`);
  }
  return (_, logits) => {
    const added = mx.astype(mx.array([[...bias.values()]], "float32"), logits.dtype);
    return mx.scatterAddAxis(logits, mx.array([ids], "int32"), added, -1);
  };
}

function last(recent: mx.MlxArray, size: number): mx.MlxArray {
  const length = recent.shape[0]!;
  const kept = length > size ? mx.slice(recent, [[length - size, length]]) : recent;
  return mx.expandDims(kept, 0);
}

function repetition(recent: mx.MlxArray, logits: mx.MlxArray, penalty: number): mx.MlxArray {
  const found = mx.takeAlongAxis(logits, recent, -1);
  const changed = mx.where(mx.less(found, 0), mx.multiply(found, penalty), mx.divide(found, penalty));
  return mx.putAlongAxis(logits, recent, changed, -1);
}

function presence(recent: mx.MlxArray, logits: mx.MlxArray, penalty: number): mx.MlxArray {
  return mx.putAlongAxis(logits, recent, mx.subtract(mx.takeAlongAxis(logits, recent, -1), penalty), -1);
}

function frequency(recent: mx.MlxArray, logits: mx.MlxArray, penalty: number): mx.MlxArray {
  const taken = mx.astype(mx.full(recent.shape, -penalty), logits.dtype);
  return mx.scatterAddAxis(logits, recent, taken, -1);
}

function invalid(message: string, hint: string): MdpError {
  return new MdpError({ code: "option-invalid", message, hint });
}
