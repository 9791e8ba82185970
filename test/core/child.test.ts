/** What child processes and their parent say to each other. */
import { expect, test } from "bun:test";
import { mdpCommand, TempProject } from "../support/project.ts";

test("a child whose parent is gone ends without a word", async () => {
  const job = JSON.stringify({
    parent: 0,
    stateDir: "/nonexistent",
    dir: "/nonexistent",
    job: { kind: "read", task: 0 },
  });
  const worker = mdpCommand(["__worker"]).join(" ");
  // `true` closes its end of the pipe before the worker answers.
  const shell = Bun.spawn(["sh", "-c", `(sleep 0.5; echo '${job}') | ${worker} | true`], { stderr: "pipe" });
  expect(await shell.stderr.text()).toBe("");
  expect(await shell.exited).toBe(0);
});

test("a worker whose coordinator is gone begins no job that was on its way", async () => {
  using project = new TempProject({ "out/.cache/there": "" });
  const stateDir = project.path("out/.cache");
  const request = { parent: 1, stateDir, dir: project.path("out"), job: { kind: "read", task: 0 } };
  const worker = Bun.spawn(mdpCommand(["__worker"]), { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  worker.stdin.write(`${JSON.stringify(request)}\n`);
  worker.stdin.flush();
  expect(await worker.stdout.text()).toBe("");
  expect(await worker.exited).toBe(1);
  // The same job from its own coordinator gets an answer.
  const own = Bun.spawn(mdpCommand(["__worker"]), { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  own.stdin.write(`${JSON.stringify({ ...request, parent: process.pid })}\n`);
  own.stdin.end();
  expect(await own.stdout.text()).toContain("failed");
  expect(await own.exited).toBe(0);
});
