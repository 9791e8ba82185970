/** The BLAS behind MLX's CPU products: which one is loaded, its threads, and how fast it is. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { getNativeEnv } from "../core/native.ts";
import * as mx from "../mlx/index.ts";
import type { CheckResult } from "./check.ts";

const SIZE = 512;
/** The reference BLAS does about 2; an optimised one some dozens per core. */
const SLOW_GFLOPS = 5;

export default function blas(): CheckResult {
  const speed = Math.round(productGflops());
  const path = process.platform === "darwin" ? undefined : loadedBlas();
  const name = process.platform === "darwin" ? "Accelerate" : path ? basename(path) : "unknown";
  const threads = getNativeEnv("OPENBLAS_NUM_THREADS") ?? getNativeEnv("OMP_NUM_THREADS") ?? "one per core";
  const kernels = path && mx.openBlasKernels(path);
  const detail = `${name}${kernels ? ` (kernels: ${kernels})` : ""}, threads in one product: ${threads}, ${SIZE}×${SIZE} float32 product at ${speed} GFLOP/s on the ${mx.defaultDevice()}`;
  const slow = name.startsWith("libblas") || speed < SLOW_GFLOPS;
  return {
    ok: name !== "unknown",
    detail,
    hint: slow ? "this is slow: run scripts/build-mlx-c.sh, which puts OpenBLAS behind MLX" : undefined,
  };
}

/** The path of the BLAS among the libraries that this process has mapped. */
function loadedBlas(): string | undefined {
  const mapped = readFileSync("/proc/self/maps", "utf8").split("\n");
  const files = mapped.map((line) => line.slice(line.indexOf("/"))).filter((file) => /blas|mkl/i.test(basename(file)));
  return files.find((file) => !basename(file).startsWith("libblas")) ?? files[0];
}

/** The better of two products: the first also wakes what sleeps. */
function productGflops(): number {
  return Math.max(oneProduct(), oneProduct());
}

function oneProduct(): number {
  return mx.tidy(() => {
    const a = mx.ones([SIZE, SIZE]);
    mx.evaluate(a);
    const started = performance.now();
    mx.evaluate(mx.matmul(a, a));
    return (2 * SIZE ** 3) / (performance.now() - started) / 1e6;
  });
}
