/** A worker process: carries out jobs one at a time, and ends when its coordinator does. */
import { dieWithParent, parseLines, replyChannel } from "../../core/child.ts";
import { MdpError, messageOf } from "../../core/errors.ts";
import { shareWork } from "../../manifest/lock.ts";
import type { Job, JobProgress, JobReply, JobRequest } from "./protocol.ts";

/** Shorter intervals would only cost messages. */
const PROGRESS_MS = 200;

/** Runs until stdin ends. */
export async function serveWorker(): Promise<void> {
  dieWithParent();
  const send = replyChannel<JobReply>();
  for await (const { parent, stateDir, dir, job } of parseLines<JobRequest>(Bun.stdin.stream())) {
    let sent = performance.now();
    const report = async (progress: JobProgress) => {
      const now = performance.now();
      if (now - sent < PROGRESS_MS) return;
      sent = now;
      await send({ progress });
    };
    try {
      using _work = shareWork(stateDir);
      // From here on a next run waits for this job; before, it may have begun already.
      if (process.ppid !== parent) process.exit(1);
      await runJob(dir, job, report);
      await send({ done: true });
    } catch (error) {
      await send({ failed: failureOf(error) });
    }
  }
  process.exit(0);
}

async function runJob(dir: string, job: Job, report: (progress: JobProgress) => Promise<void>): Promise<void> {
  switch (job.kind) {
    case "read": {
      const { readTask } = await import("./read-task.ts");
      return readTask(dir, job.task, report);
    }
    case "dedup": {
      const { dedupJob } = await import("./dedup-job.ts");
      return dedupJob(dir, job.job);
    }
    case "finish": {
      const { finishTask } = await import("./finish-task.ts");
      return finishTask(dir, job.task, report);
    }
    case "shard": {
      const { shardJob } = await import("./shard-job.ts");
      return shardJob(dir, job.number);
    }
  }
}

function failureOf(error: unknown): Extract<JobReply, { failed: unknown }>["failed"] {
  if (error instanceof MdpError) {
    const { code, message, where, hint } = error;
    return { code, message, where, hint };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: "internal", message: stack ?? messageOf(error), hint: "please report this" };
}
