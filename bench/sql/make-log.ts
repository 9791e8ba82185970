/**
 * Makes the log of a real PostgreSQL server: `bun bench/sql/make-log.ts FOLDER [STATEMENTS]`. The server and pgbench are
 * Debian's (`apt-get install postgresql`); 200 scripted shapes, three users, two databases, and the log written as
 * csvlog, jsonlog and stderr at once. As root, the server runs as the user `postgres`.
 */
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { schema, shapes } from "./shapes.ts";

const folder = resolve(process.argv[2] ?? "/tmp/mdp-sql-log");
const statements = Number(process.argv[3] ?? 1_000_000);
const PORT = "54329";
const DATABASES = ["shop", "archive"];
const USERS = ["app", "reporting", "batch"];
/** pgbench takes at most 128 scripts in one run. */
const SCRIPTS_PER_RUN = 100;
const CLIENTS = 4;

const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql").sort() : [];
const bin = versions.length > 0 ? join("/usr/lib/postgresql", versions.at(-1)!, "bin") : "";
const isRoot = process.getuid?.() === 0;
const asServer = isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

async function run(args: readonly string[], stdin?: string): Promise<void> {
  const child = Bun.spawn([...asServer, ...args], {
    stdin: stdin === undefined ? "ignore" : new Blob([stdin]),
    stdout: "ignore",
    stderr: "pipe",
    cwd: "/",
  });
  const [error, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(`${args.join(" ").slice(0, 200)} ended with ${code}: ${error.slice(-2_000)}`);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "scripts"), { recursive: true });
if (isRoot) {
  const id = (flag: string) => Number(Bun.spawnSync(["id", flag, "postgres"]).stdout.toString());
  chownSync(folder, id("-u"), id("-g"));
}
const data = join(folder, "data");
await run([join(bin, "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"]);
const settings = {
  port: PORT,
  listen_addresses: "''",
  unix_socket_directories: `'${folder}'`,
  fsync: "off",
  synchronous_commit: "off",
  autovacuum: "off",
  logging_collector: "on",
  log_destination: "'stderr,csvlog,jsonlog'",
  log_directory: `'${folder}/log'`,
  log_filename: "'server.log'",
  log_rotation_size: "0",
  log_rotation_age: "0",
  log_line_prefix: "'%m [%p] %q%u@%d %a '",
  log_timezone: "'UTC'",
  log_statement: "'none'",
};
await run(
  ["tee", "-a", join(data, "postgresql.conf")],
  Object.entries(settings)
    .map(([k, v]) => `${k} = ${v}\n`)
    .join(""),
);
await run([join(bin, "pg_ctl"), "-D", data, "-w", "-l", join(folder, "start.log"), "start"]);
const psql = (database: string, sql: string) =>
  run(
    [join(bin, "psql"), "-h", folder, "-p", PORT, "-U", "postgres", "-d", database, "-q", "-v", "ON_ERROR_STOP=1"],
    sql,
  );
try {
  await psql("postgres", USERS.map((user) => `CREATE ROLE ${user} LOGIN SUPERUSER;`).join(""));
  for (const database of DATABASES) {
    await psql("postgres", `CREATE DATABASE ${database};`);
    await psql(database, schema());
  }
  await psql("postgres", "ALTER SYSTEM SET log_min_duration_statement = 0; SELECT pg_reload_conf();");
  const files: string[] = [];
  for (const [i, shape] of shapes().entries()) {
    const file = join(folder, "scripts", `${String(i).padStart(3, "0")}.sql`);
    const draws = ["a", "b", "c"].map((name, j) => `\\set ${name} random(1, ${[4000, 900, 9][j]})\n`).join("");
    // In a script of pgbench, a statement ends at a semicolon outside quotes; one line of `;`-parts is several.
    await Bun.write(file, `${draws}${shape};\n`);
    files.push(file);
  }
  const turns: { user: string; database: string; protocol: string; files: string[] }[] = [];
  for (let start = 0; start < files.length; start += SCRIPTS_PER_RUN) {
    const part = files.slice(start, start + SCRIPTS_PER_RUN);
    turns.push({ user: "app", database: "shop", protocol: "simple", files: part });
    turns.push({ user: "reporting", database: "archive", protocol: "simple", files: part });
    turns.push({ user: "batch", database: "shop", protocol: "prepared", files: part });
  }
  for (const { user, database, protocol, files } of turns) {
    const each = Math.ceil(statements / turns.length / CLIENTS);
    // A shape that fails ends its client, so each failing one runs alone and few times; see below.
    const good = files.filter((file) => !isWrong(file) && (protocol === "simple" || mayPrepare(file)));
    const scripts = good.flatMap((file) => ["-f", `${file}@${isSlow(file) ? 1 : 20}`]);
    const args = ["-h", folder, "-p", PORT, "-U", user, "-n", "-c", String(CLIENTS), "-j", "2", "-M", protocol];
    await run([join(bin, "pgbench"), ...args, "--random-seed=7", "-t", String(each), ...scripts, database]);
    for (const file of files.filter(isWrong)) {
      for (let i = 0; i < 20; i++)
        await run([join(bin, "pgbench"), ...args, "-t", "1", "-f", file, database]).catch(() => {});
    }
  }
} finally {
  await run([join(bin, "pg_ctl"), "-D", data, "-w", "-m", "fast", "stop"]);
}
for (const name of ["server.csv", "server.json", "server.log"])
  renameSync(join(folder, "log", name), join(folder, name));
console.log(folder);

function shapeOf(file: string): string {
  return shapes()[Number(file.slice(-7, -4))]!;
}

function isWrong(file: string): boolean {
  return /missing_column|:a - :a/.test(shapeOf(file));
}

/** A prepared statement takes parameters only where a value may stand, and their types must show. */
function mayPrepare(file: string): boolean {
  return !/'[^']*:[abc]|\$\$|[\d]:[abc]|LIKE|ARRAY|CASE|ON CONFLICT|generate_series|json|:a \+ 1000000/.test(
    shapeOf(file),
  );
}

function isSlow(file: string): boolean {
  return /pg_sleep|CROSS JOIN/.test(shapeOf(file));
}
