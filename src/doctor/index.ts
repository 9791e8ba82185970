/**
 * The checks, in the order in which they run. The model comes before the library, as in real work: what it sets in
 * the environment counts only before BLAS is loaded. The environment comes last, when everything has been loaded.
 */
import { defineRegistry } from "../core/registry.ts";
import type { Check } from "./check.ts";

export const checks = defineRegistry<Check>("check", {
  platform: () => import("./platform.ts"),
  config: () => import("./config.ts"),
  model: () => import("./model.ts"),
  library: () => import("./library.ts"),
  device: () => import("./device.ts"),
  blas: () => import("./blas.ts"),
  memory: () => import("./memory.ts"),
  store: () => import("./store.ts"),
  disk: () => import("./disk.ts"),
  environment: () => import("./environment.ts"),
});
