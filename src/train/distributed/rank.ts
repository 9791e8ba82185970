/** The side of a process that takes part in a distributed run: whether it does, and how it joins. */
import { appendFileSync, writeFileSync } from "node:fs";
import { dieWithParent } from "../../core/child.ts";
import { MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { beatFile, leftFile, RUN_FOLDER, RUN_PARENT } from "./protocol.ts";
import { groupReducer, type Reducer } from "./reducer.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The backend whose launcher started this process; undefined when none did, and it trains alone. */
export function startedAsRank(environment: Environment = process.env): mx.distributed.Backend | undefined {
  if (environment.OMPI_COMM_WORLD_RANK !== undefined || environment.PMI_RANK !== undefined) return "mpi";
  if (environment.MLX_RANK === undefined) return undefined;
  if (environment.MLX_HOSTFILE !== undefined) return "ring";
  if (environment.MLX_JACCL_COORDINATOR !== undefined) return "jaccl";
  return environment.NCCL_HOST_IP === undefined ? undefined : "nccl";
}

/**
 * Joins the run that the environment describes, and waits for all of its processes. A process that `launchRanks`
 * started dies with the one that started it, even while MLX waits for others.
 *
 * @throws MdpError `distributed-init` where the environment describes none
 */
export function joinRun(backend: mx.distributed.Backend, environment: Environment = process.env): Reducer {
  const parent = environment[RUN_PARENT];
  if (parent !== undefined) {
    if (process.ppid !== Number(parent)) {
      throw new MdpError({ code: "launcher-gone", message: "the process that started this one has ended" });
    }
    dieWithParent();
  }
  const group = mx.distributed.init({ strict: true, backend });
  const folder = environment[RUN_FOLDER];
  if (folder === undefined) return groupReducer(group, () => {});
  let beats = 0;
  const reducer = groupReducer(group, () => {
    beats++;
    writeFileSync(beatFile(folder, group.rank), String(beats));
  });
  const leave = noteLeaving(folder, group.rank);
  return {
    ...reducer,
    [Symbol.dispose]() {
      leave();
      reducer[Symbol.dispose]();
    },
  };
}

/** Notes that this process leaves, before its connections close and the others fail over it; at its end at the latest. */
function noteLeaving(folder: string, rank: number): () => void {
  let left = false;
  const leave = () => {
    if (left) return;
    left = true;
    try {
      appendFileSync(leftFile(folder), `${rank}\n`);
    } catch {
      // The run is over already.
    }
  };
  process.on("exit", leave);
  return leave;
}
