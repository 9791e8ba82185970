/** Goal: every way to name hosts is read as it is meant, and other machines get lines that can be run there. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manualCommands, parseHosts, ringAddresses } from "../../../src/train/distributed/hosts.ts";
import { launchRanks } from "../../../src/train/distributed/launch.ts";
import { joinRun, startedAsRank } from "../../../src/train/distributed/rank.ts";

const folder = mkdtempSync(join(tmpdir(), "mdp-hosts-"));
afterAll(() => rmSync(folder, { recursive: true }));

function hostFile(contents: unknown): string {
  const path = join(folder, "hosts.json");
  writeFileSync(path, typeof contents === "string" ? contents : JSON.stringify(contents));
  return path;
}

const addressesOf = async (text: string) => ringAddresses(await parseHosts(text), (rank) => 100 + rank);

describe("--hosts", () => {
  test("takes a number of processes on this machine", async () => {
    expect(await addressesOf("3")).toEqual([["127.0.0.1:100"], ["127.0.0.1:101"], ["127.0.0.1:102"]]);
  });

  test("takes names with commas between", async () => {
    expect(await addressesOf("localhost, 10.0.0.7,ada@box")).toEqual([
      ["127.0.0.1:100"],
      ["10.0.0.7:101"],
      ["ada@box:102"],
    ]);
  });

  test("takes a file of mlx.launch, a list or an object, with several addresses of a host", async () => {
    const hosts = [{ ssh: "a", ips: ["10.0.0.1", "10.0.1.1"] }, { ssh: "b" }];
    const expected = [["10.0.0.1:100", "10.0.1.1:100"], ["b:101"]];
    expect(await addressesOf(hostFile(hosts))).toEqual(expected);
    expect(await addressesOf(hostFile({ backend: "ring", hosts }))).toEqual(expected);
  });

  test("takes a file of the ring itself, with its ports", async () => {
    const file = [["10.0.0.1:5000"], ["127.0.0.1:5001"]];
    expect(await addressesOf(hostFile(file))).toEqual(file);
  });

  test.each(["0", "5000", "a,,b", "a;rm", "missing.json"])("refuses %s", async (text) => {
    await expect(parseHosts(text)).rejects.toMatchObject({ name: "UsageError" });
  });

  test.each(["[]", "{", '[["no port"]]', '{"hosts": 3}'])("refuses a file with %s", async (contents) => {
    await expect(parseHosts(hostFile(contents))).rejects.toMatchObject({ name: "UsageError" });
  });
});

describe("another machine", () => {
  test("gets a line that a shell runs with its own number and all addresses", async () => {
    const show = ["sh", "-c", 'echo "$MLX_RANK $1"; cat "$MLX_HOSTFILE"', "-", "it's"];
    const [, second] = manualCommands(await parseHosts("box-a,box-b"), show);
    const run = Bun.spawnSync(["sh", "-c", second!], { cwd: folder });
    expect(run.stdout.toString()).toBe(`1 it's\n[["box-a:32323"],["box-b:32324"]]\n`);
  });

  test("is not reached from here: the error holds its line", async () => {
    const run = launchRanks({ hosts: await parseHosts("localhost,box-b"), command: ["mdp", "train"] });
    await expect(run).rejects.toMatchObject({
      code: "remote-hosts",
      hint: expect.stringContaining("MLX_RANK=1 mdp train"),
    });
  });
});

describe("a process", () => {
  test.each([
    ["ring", { MLX_RANK: "0", MLX_HOSTFILE: "x" }],
    ["mpi", { OMPI_COMM_WORLD_RANK: "0" }],
    ["mpi", { PMI_RANK: "1" }],
    ["nccl", { MLX_RANK: "0", NCCL_HOST_IP: "10.0.0.1" }],
    ["jaccl", { MLX_RANK: "0", MLX_JACCL_COORDINATOR: "10.0.0.1:5000" }],
    [undefined, {}],
    [undefined, { MLX_RANK: "0" }],
  ])("takes part over %s with %o", (backend, environment) => {
    expect(startedAsRank(environment)).toBe(backend as ReturnType<typeof startedAsRank>);
  });

  test("whose starter is another than its parent does not begin", () => {
    expect(() => joinRun("ring", { MDP_RANK_PARENT: String(process.pid) })).toThrow("has ended");
  });
});
