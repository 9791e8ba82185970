/** Goal: operations over several processes give what their definitions say, and no process trains alone unasked. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { distributed } from "../../src/mlx/index.ts";

const folder = mkdtempSync(join(tmpdir(), "mdp-distributed-"));
afterAll(() => rmSync(folder, { recursive: true }));
const program = [process.execPath, join(import.meta.dir, "distributed-program.ts")];

async function outputsOf(commands: readonly { command: string[]; env: Record<string, string> }[]) {
  const children = commands.map(({ command, env }) =>
    Bun.spawn(command, { env: { ...process.env, ...env }, stdout: "pipe", stderr: "pipe" }),
  );
  const texts = await Promise.all(
    children.map(async (child) => ({
      stdout: await new Response(child.stdout).text(),
      stderr: await new Response(child.stderr).text(),
      code: await child.exited,
    })),
  );
  const lines = texts.flatMap(({ stdout }) => stdout.split("\n").filter(Boolean));
  const outputs = lines.map((line) => JSON.parse(line)).sort((a, b) => a.rank - b.rank);
  return {
    outputs,
    stderr: texts.map(({ stderr }) => stderr).join(""),
    codes: children.map((child) => child.exitCode),
  };
}

const expected = (rank: number) => {
  const averages = [
    ["b", "float32", [0.5, 1, 2]],
    ["a", "float16", 0.5],
    ["c", "float32", [[2]]],
  ];
  return {
    rank,
    size: 2,
    passed: [7, 8],
    sum: [1, 19],
    gathered: [0, 10, 1, 9],
    max: [1, 10],
    min: [0, 9],
    averages: [averages, averages, averages, averages],
  };
};

test("two processes over the ring give sums, extremes, messages and means, however arrays are joined", async () => {
  const listeners = [0, 1].map(() => Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }));
  const addresses = listeners.map(({ port }) => [`127.0.0.1:${port}`]);
  for (const listener of listeners) listener.stop(true);
  const hosts = join(folder, "hosts.json");
  writeFileSync(hosts, JSON.stringify(addresses));
  const { outputs, stderr, codes } = await outputsOf(
    [0, 1].map((rank) => ({ command: [...program, "ring"], env: { MLX_HOSTFILE: hosts, MLX_RANK: String(rank) } })),
  );
  expect({ outputs, codes }).toEqual({ outputs: [expected(0), expected(1)], codes: [0, 0] });
  expect(stderr).toContain("handles 0\nhandles 0\n");
});

// OpenMPI is no part of the set-up: where mpirun is not installed, nothing can start such a group.
test.skipIf(Bun.which("mpirun") === null)(
  "two processes under mpirun give the same, and end without a word",
  async () => {
    const allow = process.getuid?.() === 0 ? ["--allow-run-as-root"] : [];
    const { outputs, stderr, codes } = await outputsOf([
      { command: ["mpirun", ...allow, "--oversubscribe", "-np", "2", ...program, "mpi"], env: {} },
    ]);
    expect({ outputs, codes }).toEqual({ outputs: [expected(0), expected(1)], codes: [0] });
    expect(stderr).not.toContain("finalize");
  },
);

test.each(["ring", "mpi", "nccl", "jaccl"] as const)(
  "%s without its environment is an error that says what to do",
  (backend) => {
    expect(() => distributed.init({ strict: true, backend })).toThrow(
      expect.objectContaining({
        code: "distributed-init",
        message: expect.stringContaining(`could not join a group over ${backend}`),
        hint: expect.stringMatching(/start it with|set/),
      }),
    );
  },
);
