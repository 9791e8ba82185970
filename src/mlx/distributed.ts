/** Processes that compute together: their group, and operations whose result depends on all of them. */
import { dlopen } from "bun:ffi";
import { outHandle } from "../../ffi/call.ts";
import { MlxError } from "../../ffi/errors.ts";
import { defineHandleKind, NativeHandle } from "../../ffi/memory.ts";
import type { Handle } from "../../ffi/types.ts";
import { MdpError, messageOf } from "../core/errors.ts";
import { getNativeEnv, setNativeEnv } from "../core/native.ts";
import { arrayFrom, type MlxArray, type Shape } from "./array.ts";
import { cpuStream, currentStream, type Stream } from "./device.ts";
import { codeOf, type DType, itemSize } from "./dtype.ts";
import { intsOf } from "./ops/call.ts";
import { concatenate, divide, reshape, split } from "./ops.ts";
import { c } from "./runtime.ts";

export const backends = ["ring", "mpi", "nccl", "jaccl"] as const;
export type Backend = (typeof backends)[number];

/** What each backend needs to be told before the process starts. */
const needs: Readonly<Record<Backend, string>> = {
  ring: "start it with `--hosts`, or set MLX_HOSTFILE to a file of addresses and MLX_RANK to this process's number",
  mpi: "start it with `mpirun -np N`, with OpenMPI or MPICH installed",
  nccl: "set NCCL_HOST_IP, NCCL_PORT, MLX_RANK and MLX_WORLD_SIZE, on a machine with CUDA",
  jaccl: "set MLX_IBV_DEVICES, MLX_JACCL_COORDINATOR and MLX_RANK, on Macs joined by Thunderbolt 5",
};

const groupKind = defineHandleKind("distributed group", (handle) => c().mlx_distributed_group_free(handle));

/** Processes that take part in an operation; the caller disposes of it. */
export class Group extends NativeHandle {
  readonly backend: Backend;

  constructor(handle: Handle, backend: Backend) {
    super(groupKind, handle);
    this.backend = backend;
  }

  /** Number of this process, from 0. */
  get rank(): number {
    return c().mlx_distributed_group_rank(this.handle);
  }

  /** How many processes there are. */
  get size(): number {
    return c().mlx_distributed_group_size(this.handle);
  }
}

/** Whether the library was built with this backend and finds what it needs; says nothing about the environment. */
export function isAvailable(backend: Backend): boolean {
  if (backend === "mpi") nameMpiLibrary();
  return c().mlx_distributed_is_available(backend);
}

/**
 * Joins the group that the environment describes. It waits for the other processes.
 *
 * @throws MdpError `distributed-init` where the environment describes none: MLX's other way, a group of one, would make
 * every process train alone and write over the others.
 */
export function init(options: { strict: true; backend: Backend }): Group {
  const { backend } = options;
  try {
    if (!isAvailable(backend))
      throw new MlxError("init", `this build of MLX has no ${backend}, or its library is missing`);
    const handle = outHandle("distributed_init", (slot) => c().mlx_distributed_init(slot, options.strict, backend));
    return new Group(handle, backend);
  } catch (error) {
    throw new MdpError({
      code: "distributed-init",
      message: `this process could not join a group over ${backend}: ${messageOf(error)}`,
      hint: needs[backend],
      cause: error,
    });
  }
}

/** Names under which MPI is installed, in the order tried: plain (with developer files), OpenMPI 4 and 5, MPICH. */
const mpiNames = process.platform === "darwin" ? ["libmpi.dylib"] : ["libmpi.so", "libmpi.so.40", "libmpi.so.12"];

/** MLX opens `libmpi.so`, which systems without developer files lack: names what is there, unless the user did. */
function nameMpiLibrary(): string | undefined {
  const known = getNativeEnv("MLX_MPI_LIBNAME");
  if (known !== undefined) return known;
  for (const name of mpiNames) {
    try {
      dlopen(name, { MPI_Initialized: { args: ["ptr"], returns: "i32" } });
      setNativeEnv("MLX_MPI_LIBNAME", name, { overwrite: false });
      return name;
    } catch {
      // Another name may be there.
    }
  }
  return undefined;
}

/** Leaves the group in good order: MPI calls a process that ends without this a failure. Call it once, at the end. */
export function finalize(group: Group): void {
  if (group.backend === "mpi") {
    const name = nameMpiLibrary();
    if (name !== undefined) dlopen(name, { MPI_Finalize: { args: [], returns: "i32" } }).symbols.MPI_Finalize();
  }
  group.dispose();
}

/** Sockets and MPI work from the CPU whatever the default device is; NCCL from the GPU. */
function streamFor(group: Group, stream: Stream | undefined): Handle {
  return (stream ?? (group.backend === "nccl" ? currentStream() : cpuStream())).handle;
}

type Collective =
  | "mlx_distributed_all_sum"
  | "mlx_distributed_all_gather"
  | "mlx_distributed_all_max"
  | "mlx_distributed_all_min";

function collective(name: Collective) {
  const operation = name.slice("mlx_".length);
  return (x: MlxArray, group: Group, stream?: Stream): MlxArray =>
    arrayFrom(operation, (slot) => c()[name](slot, x.handle, group.handle, streamFor(group, stream)));
}

/** Sum over the processes, element by element; the same shape on all. */
export const allSum = collective("mlx_distributed_all_sum");
/** The arrays of all processes one after another along the first axis, in the order of their ranks. */
export const allGather = collective("mlx_distributed_all_gather");
/** Largest over the processes, element by element. */
export const allMax = collective("mlx_distributed_all_max");
/** Smallest over the processes, element by element. */
export const allMin = collective("mlx_distributed_all_min");

/** Sends an array to one process; the result is the array, sent once it is computed. */
export function send(x: MlxArray, destination: number, group: Group, stream?: Stream): MlxArray {
  return arrayFrom("distributed_send", (slot) =>
    c().mlx_distributed_send(slot, x.handle, destination, group.handle, streamFor(group, stream)),
  );
}

/** The array of this shape and type that `source` sends. */
export function recv(shape: Shape, dtype: DType, source: number, group: Group, stream?: Stream): MlxArray {
  const sizes = intsOf(shape);
  return arrayFrom("distributed_recv", (slot) =>
    c().mlx_distributed_recv(slot, sizes, sizes.length, codeOf(dtype), source, group.handle, streamFor(group, stream)),
  );
}

/**
 * Mean over the processes of every array, under the same names. Arrays of one type, in order, are joined until they
 * have `bytes`: many small messages would each wait for every process. Nothing is evaluated.
 */
export function averageGradients(
  named: ReadonlyMap<string, MlxArray>,
  group: Group,
  { bytes = 32 * 1024 ** 2 }: { bytes?: number } = {},
): Map<string, MlxArray> {
  const count = group.size;
  return sumOver(named, group, bytes, (total) => divide(total, count));
}

/** Sum over the processes of every array, joined as `averageGradients` does. */
export function sumGradients(
  named: ReadonlyMap<string, MlxArray>,
  group: Group,
  { bytes = 32 * 1024 ** 2 }: { bytes?: number } = {},
): Map<string, MlxArray> {
  return sumOver(named, group, bytes, (total) => total);
}

function sumOver(
  named: ReadonlyMap<string, MlxArray>,
  group: Group,
  bytes: number,
  finish: (total: MlxArray) => MlxArray,
): Map<string, MlxArray> {
  const found = new Map<string, MlxArray>(named);
  if (group.size === 1) return found;
  for (const part of messages(named, bytes)) {
    const arrays = part.map((name) => named.get(name)!);
    const joined = concatenate(arrays.map((array) => reshape(array, [-1])));
    const total = finish(allSum(joined, group));
    let end = 0;
    const ends = arrays.map((array) => (end += array.size));
    const pieces = split(total, ends.slice(0, -1));
    part.forEach((name, i) => {
      found.set(name, reshape(pieces[i]!, arrays[i]!.shape));
    });
  }
  return found;
}

/** Names of the arrays that travel together: one type each, closed once `bytes` are reached. */
function messages(named: ReadonlyMap<string, MlxArray>, bytes: number): string[][] {
  const open = new Map<DType, { names: string[]; bytes: number }>();
  const closed: string[][] = [];
  for (const [name, array] of named) {
    const part = open.get(array.dtype) ?? { names: [], bytes: 0 };
    part.names.push(name);
    part.bytes += array.size * itemSize(array.dtype);
    open.set(array.dtype, part);
    if (part.bytes < bytes) continue;
    closed.push(part.names);
    open.delete(array.dtype);
  }
  return [...closed, ...[...open.values()].map(({ names }) => names)];
}
