/**
 * Division rounded down, and its remainder. On a CPU MLX 0.32.2 ends the process when a whole number is divided by 0, or
 * the lowest one by −1; here the first gives 0, as in NumPy, and the second wraps around.
 */
import { tidy } from "../../../ffi/memory.ts";
import { MlxArray } from "../array.ts";
import { type Operand, scalarHandle } from "../create.ts";
import type { Stream } from "../device.ts";
import { binary } from "./call.ts";
import { equal, logicalOr, where } from "./compare.ts";
import { multiply } from "./elementwise.ts";

const floorDivideUnchecked = binary("mlx_floor_divide");
const remainderUnchecked = binary("mlx_remainder");

/** a / b rounded down. */
export function floorDivide(a: Operand, b: Operand, stream?: Stream): MlxArray {
  if (isSafe(a, b)) return floorDivideUnchecked(a, b, stream);
  return tidy(() => {
    const guard = guardDivisor(a, b, stream);
    const quotient = floorDivideUnchecked(a, guard.divisor, stream);
    const negated = where(guard.isMinusOne, multiply(a, guard.b, stream), quotient, stream);
    return where(guard.isZero, 0, negated, stream);
  });
}

/** What that division leaves, with the sign of b. */
export function remainder(a: Operand, b: Operand, stream?: Stream): MlxArray {
  if (isSafe(a, b)) return remainderUnchecked(a, b, stream);
  return tidy(() => {
    const guard = guardDivisor(a, b, stream);
    return where(guard.isReplaced, 0, remainderUnchecked(a, guard.divisor, stream), stream);
  });
}

/** Quotient rounded down, and remainder. */
export function divmod(a: Operand, b: Operand, stream?: Stream): [quotient: MlxArray, remainder: MlxArray] {
  return [floorDivide(a, b, stream), remainder(a, b, stream)];
}

/** Whether the division is one of floating-point numbers, or by a plain number that cannot fail. */
function isSafe(a: Operand, b: Operand): boolean {
  if (!isWhole(a) || !isWhole(b)) return true;
  return typeof b === "number" && b !== 0 && b !== -1;
}

function isWhole(operand: Operand): boolean {
  if (!(operand instanceof MlxArray)) return Number.isInteger(Number(operand));
  return operand.dtype === "bool" || operand.dtype.includes("int");
}

/** `b` with 1 in the places of 0 and −1, and where those were. */
function guardDivisor(a: Operand, b: Operand, stream: Stream | undefined) {
  const other = a instanceof MlxArray ? a.dtype : undefined;
  const divisors = b instanceof MlxArray ? b : new MlxArray(scalarHandle(b, other));
  const isZero = equal(divisors, 0, stream);
  // −1 in an unsigned type is its largest number, which divides like any other.
  const isMinusOne = divisors.dtype.startsWith("int") ? equal(divisors, -1, stream) : equal(1, 0, stream);
  const isReplaced = logicalOr(isZero, isMinusOne, stream);
  return { b: divisors, divisor: where(isReplaced, 1, divisors, stream), isZero, isMinusOne, isReplaced };
}
