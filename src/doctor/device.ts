/** The device that really computes, found by computing on it. */
import * as mx from "../mlx/index.ts";
import type { CheckResult } from "./check.ts";

export default function device(): CheckResult {
  const wanted = mx.defaultDevice();
  const used = mx.currentStream().device;
  const sum = mx.tidy(() => Number(mx.sum(mx.array([1, 2, 3])).item()));
  const gpu = mx.isAvailable("gpu");
  const { device_name: name } = mx.deviceInfo(used);
  const detail = `${used}${name === undefined ? "" : ` (${name})`}, gpu ${gpu ? "available" : "not available"}`;
  if (sum !== 6) return { ok: false, detail: `${detail}; 1 + 2 + 3 came out as ${sum}`, hint: "install mdp again" };
  if (used !== wanted) return { ok: false, detail: `${detail}; ${wanted} was asked for` };
  return { ok: true, detail };
}
