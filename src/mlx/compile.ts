/** Functions traced once per shape of their inputs. */
import { check } from "../../ffi/call.ts";
import type { ArrayFunction } from "./closure.ts";
import { defaultDevice } from "./device.ts";
import { AppliedClosure } from "./grad.ts";
import { c } from "./runtime.ts";

/** `mlx_compile_mode`. */
const modes = { disabled: 0, noSimplify: 1, noFuse: 2, enabled: 3 } as const;

export type CompileMode = keyof typeof modes;

/** How far compiled functions are optimised, in the whole process. */
export function setCompileMode(mode: CompileMode): void {
  check(c().mlx_set_compile_mode(modes[mode]), "set_compile_mode");
}

/**
 * `fn` as a graph that is built once and run again for inputs of the same shapes and types. It must be pure, and get
 * every array as an input. With `shapeless`, other shapes use the same graph.
 *
 * On a CPU the graph is simplified but its steps are not fused: MLX would fuse by calling g++ while the program runs.
 */
export function compile(fn: ArrayFunction, options: { shapeless?: boolean } = {}): AppliedClosure {
  setCompileMode(defaultDevice() === "cpu" ? "noFuse" : "enabled");
  return new AppliedClosure("compile", fn, (slot, closure) =>
    c().mlx_compile(slot, closure, options.shapeless ?? false),
  );
}
