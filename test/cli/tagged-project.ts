/** A project whose tables were tagged and have changed since, for the tests of the verbs on tables. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Tag } from "../../src/pipelines/data/tables/tags.ts";
import type { TablesVerifyReport } from "../../src/pipelines/data/tables/verify.ts";
import { StatementCalls } from "../../src/store/statement-calls.ts";
import { TempProject } from "../support/project.ts";
import { differences, readTable } from "../support/table.ts";

export const BEFORE = {
  "docs/pies.md": "# Pies\n\nAn apple pie needs apples.\n\n# Space\n\nA rocket flies to the moon.\n",
  "docs/old.md": "# Lighthouse\n\nA lighthouse stands on the coast.\n",
  "src/bake.py": "def bake(oven):\n    return oven\n",
  "log.sql": "SELECT * FROM pies WHERE id = 1;\nSELECT * FROM pies WHERE id = 2;\n",
  "broken.pdf": "%PDF-1.7\nnot really\n",
};
export const TABLES = ["chunks", "code", "sql"];

export type Contents = Map<string, Awaited<ReturnType<typeof readTable>>>;

export async function contents(dir: string): Promise<Contents> {
  return new Map(await Promise.all(TABLES.map(async (table) => [table, await readTable(dir, table)] as const)));
}

/** What differs between two contents, in words. */
export const same = (a: Contents, b: Contents) => TABLES.flatMap((table) => differences(a.get(table)!, b.get(table)!));

export function executions(dir: string): Promise<number> {
  return new StatementCalls({ dir: join(dir, ".mdp/lancedb"), table: "sql" }).countRows();
}

export async function verify(project: TempProject, ...args: string[]) {
  const { code, stdout } = await project.run("data", "verify", ...args, "--json");
  return { code, report: JSON.parse(stdout) as TablesVerifyReport };
}

/** A copy that a test may change. */
export function copyOf(project: TempProject): TempProject {
  const copy = new TempProject();
  cpSync(project.dir, copy.dir, { recursive: true, preserveTimestamps: true });
  return copy;
}

/** Ingests, tags `v1`, and ingests again after files of every engine were edited, added and deleted. */
export async function makeTagged(project: TempProject): Promise<{ tag: Tag; before: Contents; after: Contents }> {
  await project.run("ingest", ".");
  const before = await contents(project.dir);
  const tag = await project.json<Tag>("data", "tag", "v1");
  project.write("docs/pies.md", `${BEFORE["docs/pies.md"]}\n# Sea\n\nWhales sing in the deep sea.\n`);
  project.write("src/grill.py", "def grill(fish):\n    return fish\n");
  project.write("log.sql", `${BEFORE["log.sql"]}DELETE FROM cakes;\n`);
  rmSync(project.path("docs/old.md"));
  rmSync(project.path("broken.pdf"));
  await project.run("ingest", ".");
  return { tag, before, after: await contents(project.dir) };
}
