/** The environment as native code sees it: Bun's own copy may differ. */
import { getNativeEnv } from "../core/native.ts";
import { LEAST_CPU_THREADS, NATIVE_VARIABLES } from "../store/environment.ts";
import type { CheckResult } from "./check.ts";

const VARIABLES = [...NATIVE_VARIABLES, "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "OMP_NUM_THREADS"];

export default function environment(): CheckResult {
  const shown = VARIABLES.map((name) => `${name}=${getNativeEnv(name) ?? "(unset)"}`);
  const threads = Number(getNativeEnv("LANCE_CPU_THREADS"));
  const ok = threads >= LEAST_CPU_THREADS;
  return {
    ok,
    detail: shown.join(" "),
    hint: ok
      ? undefined
      : `LANCE_CPU_THREADS must be at least ${LEAST_CPU_THREADS}, or the text index is never finished`,
  };
}
