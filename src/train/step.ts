/** One training step: loss and gradients of the trained arrays, their accumulation, and the optimizer's update. */
import { MdpError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import { dropout } from "../mlx/nn/dropout.ts";
import { flattenParams, type Params, replaceParams } from "../mlx/nn/params.ts";
import { clipGradNorm, gradNorm } from "../mlx/optim/clip.ts";
import type { Optimizer } from "../mlx/optim/optimizer.ts";
import { withDropout } from "../models/adapters/adapt.ts";
import type { RunLayer } from "../models/decoder.ts";
import type { Reducer } from "./distributed/reducer.ts";
import { countDropouts, DropoutKeys } from "./dropout.ts";

/** The number to make small: one float32, a pure function of the parameters and the batch's arrays. */
export type Loss = (params: Params, batch: readonly mx.MlxArray[], runLayer: RunLayer | undefined) => mx.MlxArray;

export interface StepOptions {
  /** All parameters of the model; those that are not trained are constants. */
  params: Params;
  /** Paths of the trained ones. The step takes them over and frees them as it moves on. */
  trained: readonly string[];
  optimizer: Optimizer;
  loss: Loss;
  /** Share of the inputs of low-rank pairs that is dropped. */
  dropout: number;
  /** uint32 `[2]`, as `KeySequence.state`; copied. */
  key: mx.MlxArray;
  gradCheckpoint: boolean;
  /** How the gradients of several batches become one: their sum over `count`, or a mean weighted by `blend`. */
  accumulation: { kind: "sum"; count: number } | { kind: "mean" };
  /** Gradients longer than this are shortened to it; 0 leaves them. */
  maxGradNorm: number;
  /** Also computes the length of the gradients, to see whether they are finite. */
  watchNorm: boolean;
  /** Trace each kind of step once and run that graph again, as `mx.compile` does. */
  compiled?: boolean;
  /** What the processes of a distributed run do together. */
  reducer: Reducer;
}

export interface StepInput {
  batch: readonly mx.MlxArray[];
  /** Weight of this batch among those accumulated so far, itself counted: 1 for the first. */
  blend: number;
  /** This rank's part of what the batch weighs over all ranks. Its loss is multiplied by it before the way back. */
  share: number;
  /** Learning rate, one float32. */
  rate: mx.MlxArray;
  /** Whether the optimizer moves after this batch. */
  update: boolean;
}

/** Everything that a step changes. */
export interface StepState {
  parameters: Map<string, mx.MlxArray>;
  optimizer: Map<string, mx.MlxArray>;
  /** Gradients that wait for more batches; empty when there are none. */
  gradients: Map<string, mx.MlxArray>;
  key: mx.MlxArray;
  /** Updates done. */
  updates: number;
}

/** Owns what is trained and moves it step by step. */
export class Stepper implements Disposable {
  readonly #options: StepOptions;
  readonly #tree: Params;
  readonly #keys = new DropoutKeys();
  readonly #gradients: mx.ValueAndGrad;
  readonly #compiled = new Map<string, mx.AppliedClosure>();
  /** What the backward pass calls or reads, freed after it. */
  readonly #untilGradients: Disposable[] = [];
  #state: StepState;

  /** @param state of a checkpoint; taken over. Without it the trained arrays of `params` are where it begins. */
  constructor(options: StepOptions, state?: StepState) {
    this.#options = options;
    this.#tree = withDropout(options.params, dropout(options.dropout, this.#keys));
    this.#state = state ? inOrder(state, initialState(options)) : initialState(options);
    const numbers = options.trained.map((_, index) => index);
    this.#gradients = mx.valueAndGrad((inputs) => this.#forward(inputs), numbers);
  }

  get state(): StepState {
    return this.#state;
  }

  /** The model's tree with the trained arrays as they are now; without dropout. */
  get params(): Params {
    return replaceParams(this.#options.params, this.#state.parameters);
  }

  /** Does the step and waits for it. After an error the state is lost: go on from a checkpoint. */
  step(input: StepInput): { loss: number; norm: number | undefined } {
    const { parameters, optimizer, gradients, key, updates } = this.#state;
    const outputs = mx.tidy(() => {
      const scalars = [key, input.rate, mx.array(updates, "uint64"), mx.array(input.blend, "float32")];
      scalars.push(mx.array(input.share, "float32"));
      const inputs = [parameters, optimizer, gradients].flatMap((arrays) => [...arrays.values()]);
      return this.#run([...inputs, ...scalars, ...input.batch], input.update);
    });
    mx.keep(outputs);
    // The graph holds what it still needs: freed now, these buffers can serve for their own successors.
    mx.disposeAll(input.update ? [parameters, optimizer, gradients, key] : [gradients, key]);
    const [loss, norm, nextKey, ...rest] = outputs as [mx.MlxArray, mx.MlxArray, mx.MlxArray, ...mx.MlxArray[]];
    const named = (names: Iterable<string>) => new Map([...names].map((name) => [name, rest.shift()!]));
    this.#state = input.update
      ? {
          parameters: named(parameters.keys()),
          optimizer: named(optimizer.keys()),
          gradients: new Map(),
          key: nextKey,
          updates: updates + 1,
        }
      : { parameters, optimizer, gradients: named(parameters.keys()), key: nextKey, updates };
    mx.evaluate(...outputs);
    const result = { loss: Number(loss.item()), norm: this.#measures ? Number(norm.item()) : undefined };
    loss.dispose();
    norm.dispose();
    return result;
  }

  get #measures(): boolean {
    return this.#options.watchNorm || this.#options.maxGradNorm > 0;
  }

  /** The step's graph: built anew, or traced once per kind of step and shape of batch. */
  #run(inputs: mx.MlxArray[], update: boolean): mx.MlxArray[] {
    const accumulated = this.#state.gradients.size > 0;
    const work = (arrays: mx.MlxArray[]) => this.#trace(arrays, update, accumulated);
    if (!this.#options.compiled) return work(inputs);
    const kind = `${update} ${accumulated} ${inputs.length}`;
    const compiled = this.#compiled.get(kind) ?? mx.compile(work);
    this.#compiled.set(kind, compiled);
    return compiled.apply(inputs);
  }

  #trace(inputs: mx.MlxArray[], update: boolean, accumulated: boolean): mx.MlxArray[] {
    const { trained, optimizer, accumulation, maxGradNorm, reducer } = this.#options;
    const rest = [...inputs];
    const named = (names: Iterable<string>) => new Map([...names].map((name) => [name, rest.shift()!]));
    const parameters = named(trained);
    const state = named(this.#state.optimizer.keys());
    const before = accumulated ? named(trained) : new Map<string, mx.MlxArray>();
    const [key, rate, step, blend, share, ...batch] = rest as [
      mx.MlxArray,
      mx.MlxArray,
      mx.MlxArray,
      mx.MlxArray,
      mx.MlxArray,
      ...mx.MlxArray[],
    ];
    const { values, gradients: found } = this.#gradients.apply([...parameters.values(), key, share, ...batch]);
    this.#freeUsed();
    let gradients = new Map(trained.map((path, index) => [path, found[index]!]));
    if (accumulation.kind === "sum") {
      if (accumulated) gradients = mapNamed(gradients, (g, path) => mx.add(g, before.get(path)!));
    } else if (!update || accumulated) {
      gradients = mapNamed(gradients, (g, path) => blended(g, before.get(path), blend));
    }
    const none = mx.zeros([]);
    const [, nextKey, loss] = values as [mx.MlxArray, mx.MlxArray, mx.MlxArray];
    if (!update) return [loss, none, nextKey, ...gradients.values()];
    if (accumulation.kind === "sum") gradients = reducer.average(gradients);
    else if (reducer.world > 1) gradients = reducer.total(mapNamed(gradients, (g) => mx.astype(g, "float32")));
    if (accumulation.kind === "sum" && accumulation.count > 1) {
      gradients = mapNamed(gradients, (g) => mx.divide(g, accumulation.count));
    }
    gradients = mapNamed(gradients, (g, path) => mx.astype(g, parameters.get(path)!.dtype));
    const norm = this.#measures ? gradNorm(gradients) : none;
    if (maxGradNorm > 0) gradients = clipGradNorm(gradients, norm, maxGradNorm);
    const next = optimizer.update({ parameters, gradients, state, rate, step });
    const inOrder = trained.map((path) => next.parameters.get(path)!);
    return [loss, norm, nextKey, ...inOrder, ...[...state.keys()].map((name) => next.state.get(name)!)];
  }

  #forward(inputs: mx.MlxArray[]): mx.MlxArray[] {
    const { trained, loss, gradCheckpoint, reducer } = this.#options;
    const params = replaceParams(
      this.#tree,
      trained.map((path, index) => [path, inputs[index]!] as const),
    );
    const [key, share, ...batch] = inputs.slice(trained.length) as [mx.MlxArray, mx.MlxArray, ...mx.MlxArray[]];
    // In mlx-lm's mode each process takes the mean over its own rows, and all drop the same.
    const shares = this.#options.accumulation.kind === "mean" && reducer.world > 1;
    this.#keys.begin(key, shares ? reducer : undefined);
    const value = loss(
      params,
      batch,
      gradCheckpoint ? this.#checkpointing(inputs.slice(0, trained.length)) : undefined,
    );
    // Weighted here, not afterwards: the numbers of the backward pass are then those that one process would round.
    return [shares ? mx.multiply(value, share) : value, this.#keys.end(), value];
  }

  /** Runs each layer under a checkpoint that gets its trained arrays and its input as explicit inputs. */
  #checkpointing(trained: readonly mx.MlxArray[]): RunLayer {
    const isTrained = new Set(trained);
    return (layer, own, x) => {
      const paths = flattenParams(own).filter(([, array]) => isTrained.has(array));
      const keys = mx.keep(Array.from({ length: countDropouts(own) }, () => this.#keys.next()));
      const run = mx.checkpoint((inputs) => {
        const params = replaceParams(
          own,
          paths.map(([path], index) => [path, inputs[index]!] as const),
        );
        return [this.#keys.with(keys, () => layer(params, inputs[paths.length]!))];
      });
      this.#untilGradients.push(run, ...keys);
      return run.apply([...paths.map(([, array]) => array), x])[0]!;
    };
  }

  #freeUsed(): void {
    for (const used of this.#untilGradients.splice(0)) used[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#freeUsed();
    for (const compiled of this.#compiled.values()) compiled.dispose();
    this.#gradients.dispose();
    mx.disposeAll(this.#state);
  }
}

function initialState({ params, trained, optimizer, key }: StepOptions): StepState {
  const found = new Map(flattenParams(params));
  const parameters = new Map(trained.map((path) => [path, found.get(path)!]));
  const made = mx.tidy(() => ({ optimizer: optimizer.init(parameters), key: mx.copy(key) }));
  return mx.keep({ parameters, ...made, gradients: new Map(), updates: 0 });
}

/** A state that was read, in the order of names of one that was made; frees what is left over. */
function inOrder(read: StepState, made: StepState): StepState {
  const ordered = (from: ReadonlyMap<string, mx.MlxArray>, names: Iterable<string>) =>
    new Map(
      [...names].map((name) => {
        const array = from.get(name);
        if (!array) throw new MdpError({ code: "bad-checkpoint", message: `the checkpoint lacks ${name}` });
        return [name, array];
      }),
    );
  const state = {
    ...read,
    parameters: ordered(read.parameters, made.parameters.keys()),
    optimizer: ordered(read.optimizer, made.optimizer.keys()),
    gradients: ordered(read.gradients, read.gradients.size > 0 ? made.parameters.keys() : []),
  };
  mx.disposeAll(made);
  return state;
}

function mapNamed(
  arrays: ReadonlyMap<string, mx.MlxArray>,
  change: (array: mx.MlxArray, path: string) => mx.MlxArray,
): Map<string, mx.MlxArray> {
  return new Map([...arrays].map(([path, array]) => [path, change(array, path)]));
}

/** The mean so far moved towards a batch's gradient by the batch's weight; float32, so that small weights count. */
function blended(gradient: mx.MlxArray, before: mx.MlxArray | undefined, weight: mx.MlxArray): mx.MlxArray {
  const exact = mx.astype(gradient, "float32");
  return before ? mx.add(before, mx.multiply(mx.subtract(exact, before), weight)) : exact;
}
