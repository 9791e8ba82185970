/** A process of a group, for tests: prints what each operation gave. Its first argument is the backend. */
import * as mx from "../../src/mlx/index.ts";

const { distributed } = mx;
const group = distributed.init({ strict: true, backend: process.argv[2] as "ring" | "mpi" });
const { rank, size } = group;

const out = mx.tidy(() => {
  const own = mx.array([rank, 10 - rank], "float32");
  const named = new Map([
    ["b", mx.array([rank, 1, 2], "float32")],
    ["a", mx.array(rank, "float16")],
    ["c", mx.array([[4 * rank]], "float32")],
  ]);
  const averages = [1, 8, 16, 2 ** 25].map((bytes) =>
    [...distributed.averageGradients(named, group, { bytes })].map(([name, mean]) => [name, mean.dtype, mean.tolist()]),
  );
  const passed =
    rank === 0
      ? distributed.send(mx.array([7, 8], "int32"), 1, group).eval()
      : rank === 1
        ? distributed.recv([2], "int32", 0, group)
        : mx.array([7, 8]);
  return {
    rank,
    size,
    passed: passed.tolist(),
    sum: distributed.allSum(own, group).tolist(),
    gathered: distributed.allGather(own, group).tolist(),
    max: distributed.allMax(own, group).tolist(),
    min: distributed.allMin(own, group).tolist(),
    averages,
  };
});
await Bun.write(Bun.stdout, `${JSON.stringify(out)}\n`);
distributed.finalize(group);
console.error(`handles ${mx.liveHandlesByKind()["distributed group"] ?? 0}`);
