/** `mdp config show`: the settings and where each comes from. */
import { fields } from "../../../config/fields.ts";
import { loadSettings } from "../../../config/load.ts";
import { locateProject } from "../../../config/project.ts";
import { namedSectionNames, type Settings, sectionNames } from "../../../config/schema.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { settingArgs } from "../../settings.ts";
import { safeLine } from "../../ui/sanitize.ts";
import { renderTable } from "../../ui/table.ts";

interface Row {
  key: string;
  value: unknown;
  from: string;
  env: string | null;
}

/** What the file says in the sections whose keys the user names; they have no variables. */
function namedRows(settings: Settings, origins: ReadonlyMap<string, string>): Row[] {
  const valueAt = (path: string) =>
    path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], settings);
  return [...origins]
    .filter(([path]) => namedSectionNames.some((section) => path.startsWith(`${section}.`)))
    .map(([key, from]) => ({ key, value: valueAt(key) ?? null, from, env: null }));
}

export default command({
  meta: {
    name: "show",
    description:
      "Show every setting, its value and where the value comes from: a flag, a variable, mdp.yaml or the default.",
  },
  args: {
    env: { type: "boolean", description: "Show the environment variable of each setting too." },
    ...settingArgs(...sectionNames),
  },
  examples: [
    { command: "mdp config show", summary: "What holds in this folder" },
    { command: "mdp config show --k 3", summary: "What would hold with a flag" },
  ],
  async run(context) {
    const project = locateProject(context.cwd, context.projectFlag);
    const loaded = await loadSettings({
      projectDir: project?.dir ?? null,
      flags: context.given,
      env: process.env,
    });
    const rows: Row[] = fields.map((field) => {
      const section = loaded.settings[field.section] as Record<string, unknown>;
      const value = section[field.key] ?? null;
      return { key: field.path, value, from: loaded.origins.get(field.path) ?? "default", env: field.env };
    });
    rows.push(...namedRows(loaded.settings, loaded.origins));
    if (context.json) {
      await writeJson({ project: project?.dir ?? null, file: loaded.file?.path ?? null, settings: rows });
      return 0;
    }
    const cells = rows.map(({ key, value, from, env }) => [
      key,
      value === null ? "-" : safeLine(typeof value === "string" ? value : JSON.stringify(value)),
      from,
      ...(context.has("env") ? [env ?? ""] : []),
    ]);
    await writeOut(renderTable(cells));
    return 0;
  },
});
