/** Room on the disk that holds the project. */
import { statfs } from "node:fs/promises";
import type { CheckContext, CheckResult } from "./check.ts";
import { megabytes } from "./shared/units.ts";

/** An ingest writes new files before it removes old ones. */
const NEEDED_BYTES = 500e6;

export default async function disk({ project }: CheckContext): Promise<CheckResult> {
  const dir = project?.dir ?? process.cwd();
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  const ok = free >= NEEDED_BYTES;
  return { ok, detail: `${megabytes(free)} free in ${dir}`, hint: ok ? undefined : "make room, or move the project" };
}
