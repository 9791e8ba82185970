/** Goal: who cannot be told of changes learns which limit is in the way, and how to raise it. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { troubleOf } from "../../../src/pipelines/watch/trouble.ts";

const failure = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });
const limit = (name: string) => Number(readFileSync(`/proc/sys/fs/inotify/${name}`, "utf8"));

test.skipIf(process.platform !== "linux").each([
  ["ENOSPC", "max_user_watches", "watched folders"],
  ["EMFILE", "max_user_instances", "watching programs"],
])("%s is the limit %s with its value, and the command asks for more than that", (code, name, what) => {
  const { reason, hint } = troubleOf(failure(code), "docs");
  expect(reason).toBe(`the limit of ${what} is reached, fs.inotify.${name} = ${limit(name)}`);
  const [, asked] = /sudo sysctl fs\.inotify\.\w+=(\d+)/.exec(hint!)!;
  expect(Number(asked)).toBeGreaterThan(limit(name));
});

test("anything else is told as it is, with the folder", () => {
  expect(troubleOf(failure("EACCES"), "docs")).toEqual({ reason: "docs: EACCES: it failed", hint: undefined });
});
