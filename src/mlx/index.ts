/** Arrays and math over MLX: `import * as mx from "../mlx/index.ts"`. */

export { openBlasKernels } from "../../ffi/blas.ts";
export { MlxError } from "../../ffi/errors.ts";
export { collectedHandles, disposeAll, keep, liveHandles, liveHandlesByKind, tidy } from "../../ffi/memory.ts";
export { MlxArray, type Nested, type Shape } from "./array.ts";
export type { ArrayFunction } from "./closure.ts";
export { type CompileMode, compile, setCompileMode } from "./compile.ts";
export { array, fromTypedArray, type Operand } from "./create.ts";
export * from "./device.ts";
export * as distributed from "./distributed.ts";
export { type DType, itemSize, type TypedArray } from "./dtype.ts";
export * as fast from "./fast.ts";
export * from "./grad.ts";
export * from "./io.ts";
export * from "./memory.ts";
export * from "./ops.ts";
export * as random from "./random.ts";
export { library } from "./runtime.ts";
export * from "./transforms.ts";
export { loadedVersion, pinned } from "./version.ts";
