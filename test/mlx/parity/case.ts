/** One case of the parity tests: inputs, the operation here, and the same in Python. */
import * as mx from "../../../src/mlx/index.ts";
import { numbers } from "../../support/corpus.ts";

/** How the elements lie in memory: row-major, or seen through a transpose, a stepped slice or a broadcast. */
export type Layout = "plain" | "transposed" | "stepped" | "broadcast";

/** What the elements are. `normal`: about −3 to 3; `positive`: 0.1 to 3; `unit`: −0.95 to 0.95; `above1`: 1.1 to 4. */
export type Values = "normal" | "positive" | "unit" | "above1" | "special" | "bool" | { below: number };

export interface Input {
  shape: readonly number[];
  dtype: mx.DType;
  layout: Layout;
  values: Values;
}

/** Any function of arrays; `never` lets each take as many as its expression does. */
export type Run = (...inputs: never[]) => mx.MlxArray | readonly mx.MlxArray[];

export interface Case {
  /** Group under which it is reported: the operation. */
  name: string;
  inputs: readonly Input[];
  run: Run;
  /** Python over `a`, `b` …; `xp` stands for NumPy and for MLX. Null where that library has no such operation. */
  np: string | null;
  mx: string | null;
  rtol: number;
  atol: number;
}

interface Expressions {
  /** One expression for both libraries. */
  xp?: string;
  np?: string;
  mx?: string;
  rtol?: number;
  atol?: number;
}

export function input(
  shape: readonly number[],
  layout: Layout = "plain",
  values: Values = "normal",
  dtype: mx.DType = "float32",
): Input {
  return { shape, dtype, layout, values };
}

/** The same operation on several lists of inputs. */
export function cases(
  name: string,
  inputSets: readonly (readonly Input[])[],
  run: Run,
  expressions: Expressions,
): Case[] {
  const { xp, rtol = 1e-5, atol = 1e-6 } = expressions;
  const [np, mlx] = [expressions.np ?? xp ?? null, expressions.mx ?? xp ?? null];
  return inputSets.map((inputs) => {
    const precision = Math.max(deviceFloor, ...inputs.map(({ dtype }) => precisionOf[dtype] ?? 0));
    return { name, inputs, run, np, mx: mlx, rtol: Math.max(rtol, precision), atol: Math.max(atol, precision) };
  });
}

/** What rounding to the type alone may change, with some operations' room. */
const precisionOf: Partial<Record<mx.DType, number>> = { float16: 4e-3, bfloat16: 3e-2 };

/** GPUs compute functions and sums less exactly than NumPy in float64. */
const deviceFloor = mx.defaultDevice() === "gpu" ? 1e-3 : 0;

/** The data of an input, before its layout. */
export interface Base {
  shape: number[];
  data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

export function baseOf({ shape, dtype, layout, values }: Input, seed: number): Base {
  const base = baseShape(shape, layout);
  const size = base.reduce((product, n) => product * n, 1);
  const draw = drawer(values, seed);
  const isWhole = dtype.includes("int") || dtype === "bool";
  const list = Array.from({ length: size }, draw);
  return { shape: base, data: isWhole ? Int32Array.from(list, (x) => Math.trunc(x)) : Float32Array.from(list) };
}

function baseShape(shape: readonly number[], layout: Layout): number[] {
  if (layout === "transposed") return [...shape].reverse();
  if (layout === "stepped") return shape.map((n) => 2 * n);
  if (layout === "broadcast") return [1, ...shape.slice(1)];
  return [...shape];
}

function drawer(values: Values, seed: number): () => number {
  const next = numbers(seed);
  const unit = () => next(1_000_000) / 1_000_000;
  if (typeof values === "object") return () => next(values.below);
  switch (values) {
    case "positive":
      return () => 0.1 + 2.9 * unit();
    case "unit":
      return () => 1.9 * unit() - 0.95;
    case "above1":
      return () => 1.1 + 2.9 * unit();
    case "bool":
      return () => next(2);
    case "special": {
      const list = [Number.NaN, Infinity, -Infinity, 0, -0, 1.5, -2.5, 3.4e38];
      return () => list[next(list.length)]!;
    }
    default:
      // Sums of uniforms; scaled so that whole types get some spread too.
      return () => 2 * (unit() + unit() + unit() - 1.5);
  }
}

/** The input as an array here. `test/parity/mlx_ops.py` lays the same data out in the same way. */
export function build(spec: Input, { shape, data }: Base): mx.MlxArray {
  const plain = mx.astype(mx.fromTypedArray(data, shape), spec.dtype);
  if (spec.layout === "transposed") return mx.transpose(plain);
  if (spec.layout === "broadcast") return mx.broadcastTo(plain, spec.shape);
  if (spec.layout === "plain") return plain;
  return mx.slice(
    plain,
    shape.map((_, axis) => [null, null, axis === shape.length - 1 ? -2 : 2]),
  );
}
