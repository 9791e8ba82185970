/**
 * Division rounded down, and its remainder. For whole numbers the results are NumPy's: MLX 0.32.2 rounds their quotient
 * towards 0, and on a CPU it ends the process when one is divided by 0, or the lowest one by −1. Here the first gives 0
 * and the second wraps around.
 */
import { tidy } from "../../../ffi/memory.ts";
import { MlxArray } from "../array.ts";
import { type Operand, scalarHandle } from "../create.ts";
import type { Stream } from "../device.ts";
import { binary } from "./call.ts";
import { equal, less, logicalAnd, logicalOr, notEqual, where } from "./compare.ts";
import { multiply, subtract } from "./elementwise.ts";

const divideUnchecked = binary("mlx_floor_divide");
const remainderUnchecked = binary("mlx_remainder");

/** a / b rounded down. */
export function floorDivide(a: Operand, b: Operand, stream?: Stream): MlxArray {
  if (!isWhole(a) || !isWhole(b)) return divideUnchecked(a, b, stream);
  return tidy(() => wholeQuotient(asArray(a, b), asArray(b, a), stream));
}

/** What that division leaves, with the sign of b. */
export function remainder(a: Operand, b: Operand, stream?: Stream): MlxArray {
  if (!isWhole(a) || !isWhole(b)) return remainderUnchecked(a, b, stream);
  return tidy(() => {
    const guard = guardDivisor(asArray(b, a), stream);
    return where(guard.isReplaced, 0, remainderUnchecked(asArray(a, b), guard.divisor, stream), stream);
  });
}

/** Quotient rounded down, and remainder. */
export function divmod(a: Operand, b: Operand, stream?: Stream): [quotient: MlxArray, remainder: MlxArray] {
  return [floorDivide(a, b, stream), remainder(a, b, stream)];
}

function wholeQuotient(a: MlxArray, b: MlxArray, stream: Stream | undefined): MlxArray {
  const { divisor, isZero, isMinusOne } = guardDivisor(b, stream);
  const towardsZero = divideUnchecked(a, divisor, stream);
  const hasRest = notEqual(remainderUnchecked(a, divisor, stream), 0, stream);
  const isNegative = notEqual(less(a, 0, stream), less(divisor, 0, stream), stream);
  const isAbove = logicalAnd(hasRest, isNegative, stream);
  const quotient = where(isAbove, subtract(towardsZero, 1, stream), towardsZero, stream);
  return where(isZero, 0, where(isMinusOne, multiply(a, b, stream), quotient, stream), stream);
}

/** `b` with 1 in the places of 0 and −1, and where those were. */
function guardDivisor(b: MlxArray, stream: Stream | undefined) {
  const isZero = equal(b, 0, stream);
  // −1 in an unsigned type is its largest number, which divides like any other.
  const isMinusOne = b.dtype.startsWith("int") ? equal(b, -1, stream) : equal(1, 0, stream);
  const isReplaced = logicalOr(isZero, isMinusOne, stream);
  return { divisor: where(isReplaced, 1, b, stream), isZero, isMinusOne, isReplaced };
}

function isWhole(operand: Operand): boolean {
  if (!(operand instanceof MlxArray)) return Number.isInteger(Number(operand));
  return operand.dtype === "bool" || operand.dtype.includes("int");
}

function asArray(operand: Operand, other: Operand): MlxArray {
  if (operand instanceof MlxArray) return operand;
  return new MlxArray(scalarHandle(operand, other instanceof MlxArray ? other.dtype : undefined));
}
