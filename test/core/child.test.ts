/** What child processes and their parent say to each other. */
import { expect, test } from "bun:test";
import { mdpCommand } from "../support/project.ts";

test("a child whose parent is gone ends without a word", async () => {
  const job = JSON.stringify({ dir: "/nonexistent", job: { kind: "read", task: 0 } });
  const worker = mdpCommand(["__worker"]).join(" ");
  // `true` closes its end of the pipe before the worker answers.
  const shell = Bun.spawn(["sh", "-c", `(sleep 0.5; echo '${job}') | ${worker} | true`], { stderr: "pipe" });
  expect(await shell.stderr.text()).toBe("");
  expect(await shell.exited).toBe(0);
});
