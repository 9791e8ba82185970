/** MLX's operations under MLX's own names, in camelCase. Each takes an optional stream last. */
export * from "./ops/compare.ts";
export * from "./ops/divide.ts";
export * from "./ops/elementwise.ts";
export * from "./ops/fill.ts";
export * from "./ops/indexing.ts";
export * from "./ops/linalg.ts";
export * from "./ops/reduce.ts";
export * from "./ops/shape.ts";
