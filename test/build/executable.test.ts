/** The one file that users get: it works where nothing else of the project is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json";
import { collectAssets } from "../../scripts/build/assets.ts";
import { host, root } from "../../scripts/build/targets.ts";
import { type Ran, run } from "../scripts/run.ts";
import { executableOf, mapped, targetNamed } from "./artefacts.ts";

const target = targetNamed(host);
const built = executableOf(target);

let away: string;
let executable: string;
let cache: string;

beforeAll(() => {
  away = mkdtempSync(join(tmpdir(), "mdp-away-"));
  executable = join(away, "mdp");
  cache = join(away, "cache", "mdp");
  copyFileSync(built, executable);
  mkdirSync(join(away, "home"));
});
afterAll(() => rmSync(away, { recursive: true, force: true }));

/**
 * Runs the copy with an empty home. Where the system allows it the repository is hidden behind an empty file system,
 * so that anything that still reaches for it fails.
 */
const hidden = [
  "unshare",
  "--mount",
  "--map-root-user",
  "sh",
  "-c",
  `mount -t tmpfs none '${root}' && exec "$@"`,
  "sh",
];
let hide: string[] | undefined;
async function mdp(...args: string[]): Promise<Ran> {
  if (hide === undefined) {
    const allowed = Bun.which("unshare") !== null && (await run([...hidden, "true"])).code === 0;
    hide = allowed ? hidden : [];
  }
  const env = { HOME: join(away, "home"), XDG_CACHE_HOME: join(away, "cache"), MDP_MLXC: "", NODE_PATH: "" };
  return run([...hide, executable, ...args], { cwd: away, env });
}

function json(ran: Ran) {
  expect(ran.stderr.split("\n").filter((line) => line.startsWith("error"))).toEqual([]);
  return JSON.parse(ran.stdout);
}

describe("the executable, alone in a folder", () => {
  test("does not hold the path of the repository that it was built in", () => {
    expect(mapped(built).indexOf(`${root}/`)).toBe(-1);
  });

  test("shows its help and version without unpacking anything", async () => {
    expect((await mdp("--help")).stdout).toContain("ingest");
    expect((await mdp("version")).stdout).toContain(packageJson.version);
    expect(existsSync(cache)).toBe(false);
  });

  test("doctor finds MLX, the model and LanceDB inside it", async () => {
    const ran = await mdp("doctor", "--json");
    const { ok, checks } = json(ran) as { ok: boolean; checks: { name: string; ok: boolean; detail: string }[] };
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(ok).toBe(true);
    expect(JSON.stringify(checks)).toContain(cache);
    expect(JSON.stringify(checks)).not.toContain(`${root}/`);
  });

  test("ingests a folder and finds the passage that a question means", async () => {
    mkdirSync(join(away, "notes"));
    writeFileSync(join(away, "notes", "refunds.md"), "# Refunds\n\nMoney is returned within fourteen days.\n");
    writeFileSync(join(away, "notes", "ferry.md"), "# Harbour\n\nThe boat leaves at nine every morning.\n");
    writeFileSync(join(away, "notes", "soup.txt"), "Fry the onions, add the lentils, cook until soft.\n");
    const ingested = json(await mdp("ingest", "notes", "--json"));
    expect(ingested).toMatchObject({ scanned: 3, added: 3, failed: 0 });
    const found = json(await mdp("search", "when will I be repaid", "--json"));
    expect(found.hits[0]).toMatchObject({ rank: 1, path: "notes/refunds.md", title: "Refunds" });
  });

  test("trains a tokenizer, makes shards by its own workers and kernels, and reads them", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      id: `r${i}`,
      text: `The boat ${i % 50} leaves at ${i % 50} from pier ${i % 50}.`,
    }));
    writeFileSync(join(away, "rows.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    expect((await mdp("tokenizer", "train", "rows.jsonl", "--out", "tok", "--vocab-size", "400")).code).toBe(0);
    const args = ["--preset", "none", "--dedup", "exact,minhash", "--pack", "--seq-len", "32", "--tokenizer", "tok"];
    const report = json(await mdp("shard", "rows.jsonl", "--out", "shards", ...args, "--workers", "2", "--json"));
    expect(report).toMatchObject({ documents: 60, kept: 50, duplicates: 10 });
    expect(json(await mdp("data", "verify", "shards", "--json")).problems).toEqual([]);
    const exact = json(await mdp("dedup", "rows.jsonl", "--method", "exact", "--json"));
    expect(exact).toMatchObject({ documents: 60, removed: 10 });
    expect((await mdp("loader", "bench", "shards", "--json")).code).toBe(0);
  });

  test("has unpacked what it carries, unchanged, into a private folder", () => {
    const folders = readdirSync(cache);
    expect(folders.map((name) => name.replace(/-[0-9a-f]{16}$/, "")).sort()).toEqual(["addon", "lib", "model", "wasm"]);
    for (const folder of folders) expect(statSync(join(cache, folder)).mode & 0o777).toBe(0o700);
    for (const [name, file] of collectAssets(target)) {
      const [prefix, ...rest] = name.split("/");
      // Grammars are read from memory, out of the executable.
      if (prefix === "grammars") continue;
      const unpacked = join(cache, folders.find((folder) => folder.startsWith(`${prefix}-`))!, ...rest);
      expect(mapped(unpacked).equals(mapped(file)), name).toBe(true);
    }
  });

  test("does not take settings for Bun from the folder where it is run", async () => {
    writeFileSync(join(away, ".env"), "MDP_PROJECT=/nonexistent\n");
    writeFileSync(join(away, "bunfig.toml"), 'preload = ["./nonexistent.ts"]\n');
    const ran = await mdp("status", "--json");
    expect(ran.stderr).toBe("");
    expect(ran.code).toBe(0);
  });
});
