/** Where the processes of a distributed run live: what `--hosts` takes, and the address file that MLX's ring reads. */
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { MdpError, messageOf, UsageError } from "../../core/errors.ts";

/** One process. */
export interface Host {
  /** How people reach it: a name for ssh, or `localhost`. */
  name: string;
  /** Addresses over which it talks to its neighbours; empty: the name serves. */
  ips: readonly string[];
  /** The same with ports, where a file gave them. */
  endpoints?: readonly string[];
}

/** More processes than this in one run are taken for a mistake. */
const MAX_HOSTS = 1024;
/** The first port on machines that we cannot ask for a free one; mlx.launch begins there too. */
const FIRST_PORT = 32_323;

const local = new Set(["localhost", "127.0.0.1", "::1"]);

const LaunchHosts = v.array(v.object({ ssh: v.string(), ips: v.optional(v.array(v.string()), []) }));
const RingHosts = v.array(v.array(v.pipe(v.string(), v.regex(/:\d+$/, "an address ends with :port"))));
const HostFile = v.union([LaunchHosts, v.looseObject({ hosts: LaunchHosts }), RingHosts]);

/**
 * A number of processes on this machine, names with commas between, or a file: mlx.launch's (`[{"ssh", "ips"}]`) or
 * the ring's own (`[["address:port"]]`).
 *
 * @throws UsageError naming what cannot be read
 */
export async function parseHosts(text: string): Promise<Host[]> {
  if (/^\d+$/.test(text)) return counted(Number(text));
  if (text.endsWith(".json")) return readHostFile(text);
  const names = text.split(",").map((name) => name.trim());
  const bad = names.find((name) => !/^[\w.:@-]+$/.test(name));
  if (bad !== undefined) {
    throw new UsageError(
      `"${bad}" of --hosts "${text}" is not the name of a host`,
      "give a number, names with commas between, or a .json file",
    );
  }
  return names.map((name) => ({ name, ips: [] }));
}

function counted(count: number): Host[] {
  if (count < 1 || count > MAX_HOSTS) throw new UsageError(`--hosts ${count} is not between 1 and ${MAX_HOSTS}`);
  return Array.from({ length: count }, () => ({ name: "localhost", ips: ["127.0.0.1"] }));
}

async function readHostFile(path: string): Promise<Host[]> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new UsageError(`the file of hosts cannot be read: ${messageOf(error)}`, "see `mdp train --help`", path);
  }
  const parsed = v.safeParse(HostFile, json);
  if (!parsed.success || hostsOf(parsed.output).length === 0) {
    throw new UsageError(
      "the file holds no list of hosts",
      'write [{"ssh": "name", "ips": ["10.0.0.1"]}, …] or [["10.0.0.1:32323"], …]',
      path,
    );
  }
  return hostsOf(parsed.output);
}

function hostsOf(file: v.InferOutput<typeof HostFile>): Host[] {
  const list = Array.isArray(file) ? file : file.hosts;
  return list.map((entry) => {
    if (!Array.isArray(entry)) return { name: entry.ssh, ips: entry.ips };
    const ips = entry.map((endpoint) => endpoint.replace(/:\d+$/, ""));
    return { name: ips[0] ?? "localhost", ips, endpoints: entry };
  });
}

/** Whether the process runs on this machine. */
export function isLocal(host: Host): boolean {
  return local.has(host.name);
}

/** `[["address:port"], …]` with the ports that `portOf` gives to addresses which have none. */
export function ringAddresses(hosts: readonly Host[], portOf: (rank: number) => number): string[][] {
  return hosts.map((host, rank) => {
    if (host.endpoints) return [...host.endpoints];
    const addresses = host.ips.length > 0 ? host.ips : [isLocal(host) ? "127.0.0.1" : host.name];
    return addresses.map((address) => `${address}:${portOf(rank)}`);
  });
}

/** Ports of this machine that nobody listens on now. */
export function freePorts(count: number): number[] {
  const open = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }),
  );
  const ports = open.map((listener) => listener.port);
  for (const listener of open) listener.stop(true);
  return ports;
}

/** The lines to run by hand, one on each machine, in the folder that holds the same data there. */
export function manualCommands(hosts: readonly Host[], command: readonly string[]): string[] {
  const addresses = JSON.stringify(ringAddresses(hosts, (rank) => FIRST_PORT + rank));
  return hosts.map(
    ({ name }, rank) =>
      `# on ${name}\necho '${addresses}' > mdp-hosts.json && ` +
      `MLX_HOSTFILE=mdp-hosts.json MLX_RANK=${rank} ${command.map(quoted).join(" ")}`,
  );
}

function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** @throws MdpError `remote-hosts` with the lines to run, when not every process is to run on this machine */
export function checkLocal(hosts: readonly Host[], command: readonly string[]): void {
  const remote = hosts.find((host) => !isLocal(host));
  if (remote === undefined) return;
  throw new MdpError({
    code: "remote-hosts",
    message: `${remote.name} is another machine, and processes are started on this one only`,
    hint: `run each of these on its machine:\n${manualCommands(hosts, command).join("\n")}`,
  });
}
