/** Runs cases here and in one Python process, and compares. */
import * as mx from "../../../src/mlx/index.ts";
import { python } from "../../support/peers.ts";
import { baseOf, build, type Case } from "./case.ts";

interface Result {
  shape: number[];
  dtype: string;
  data: string;
}

type Answer = Result[] | { error: string } | null;

/** What is wrong with each case that differs: one line each; empty when all agree. */
export async function differences(table: readonly Case[]): Promise<Map<string, string[]>> {
  const bases = table.map(({ inputs }, i) => inputs.map((spec, j) => baseOf(spec, i * 10 + j + 1)));
  const request = table.map(({ inputs, np, mx: mlx }, i) =>
    JSON.stringify({
      np,
      mx: mlx,
      inputs: inputs.map((spec, j) => ({
        ...spec,
        base: bases[i]![j]!.shape,
        kind: bases[i]![j]!.data instanceof Int32Array ? "int32" : "float32",
        data: Buffer.from(bases[i]![j]!.data.buffer).toString("base64"),
      })),
    }),
  );
  const answers = await python("test/parity/mlx_ops.py", [], `${request.join("\n")}\n`);
  const found = new Map<string, string[]>();
  for (const [i, one] of table.entries()) {
    const answer = JSON.parse(answers[i]!) as { np: Answer; mx: Answer };
    const problems = mx.tidy(() => {
      const results = attempt(
        one,
        one.inputs.map((spec, j) => build(spec, bases[i]![j]!)),
      );
      if (typeof results === "string") return [results];
      return [...compare(one, results, answer.np, "NumPy"), ...compare(one, results, answer.mx, "Python MLX")];
    });
    const where = one.inputs.map(({ shape, dtype, layout }) => `${dtype}[${shape}] ${layout}`).join(", ");
    const list = found.get(one.name) ?? [];
    found.set(one.name, list);
    list.push(...problems.map((problem) => `${where}: ${problem}`));
  }
  return found;
}

/** The results, or the error. */
function attempt(one: Case, inputs: readonly mx.MlxArray[]): readonly mx.MlxArray[] | string {
  const run = one.run as (...inputs: readonly mx.MlxArray[]) => ReturnType<Case["run"]>;
  try {
    const made = run(...inputs);
    return made instanceof mx.MlxArray ? [made] : made;
  } catch (error) {
    return String(error);
  }
}

function compare(one: Case, results: readonly mx.MlxArray[], answer: Answer, peer: string): string[] {
  if (answer === null) return [];
  if ("error" in answer) return [`${peer} failed: ${answer.error}`];
  if (answer.length !== results.length) return [`${results.length} results, ${peer} has ${answer.length}`];
  return results.flatMap((result, i) => {
    const expected = answer[i]!;
    if (result.shape.join() !== expected.shape.join()) {
      return [`shape [${result.shape}], ${peer} has [${expected.shape}]`];
    }
    // NumPy promotes types by other rules; which type comes out is Python MLX's to say.
    if (peer !== "NumPy" && result.dtype !== expected.dtype) return [`${result.dtype}, ${peer} has ${expected.dtype}`];
    return compareValues(one, result, numbersIn(expected.data), peer);
  });
}

function numbersIn(base64: string): Float64Array {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return new Float64Array(bytes.buffer);
}

function compareValues({ rtol, atol }: Case, result: mx.MlxArray, expected: Float64Array, peer: string): string[] {
  const actual = Array.from(result.toTypedArray() as ArrayLike<number | bigint>, Number);
  if (actual.length !== expected.length) return [`${actual.length} elements, ${peer} has ${expected.length}`];
  for (const [i, value] of actual.entries()) {
    const wanted = expected[i]!;
    const isNear =
      Object.is(value, wanted) || value === wanted || Math.abs(value - wanted) <= atol + rtol * Math.abs(wanted);
    if (!isNear) return [`element ${i} is ${value}, ${peer} has ${wanted}`];
  }
  return [];
}
