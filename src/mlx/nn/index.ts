/** Layers as functions over parameters: `import * as nn from "../mlx/nn/index.ts"`. */
export * from "./activations.ts";
export * from "./attention.ts";
export * from "./dropout.ts";
export * from "./key-sequence.ts";
export * from "./layers.ts";
export * from "./lora.ts";
export * from "./params.ts";
export * from "./pooling.ts";
export * from "./quantized.ts";
