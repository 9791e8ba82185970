/** The system, and whether mdp is made for it. */
import { arch, availableParallelism, cpus, release, type } from "node:os";
import type { CheckResult } from "./check.ts";

const SUPPORTED = ["linux-x64", "darwin-arm64"];

export default function platform(): CheckResult {
  const name = `${process.platform}-${process.arch}`;
  const processor = cpus()[0]?.model.trim() ?? arch();
  return {
    ok: SUPPORTED.includes(name),
    detail: `${name}, ${type()} ${release()}, ${processor}, ${availableParallelism()} cores, Bun ${Bun.version}`,
    hint: SUPPORTED.includes(name) ? undefined : `mdp runs on ${SUPPORTED.join(" and ")}`,
  };
}
