/** `mdp trust`: allows the commands that a project's `mdp.yaml` names. */
import { locateProject } from "../../config/project.ts";
import { grantTrust, revokeTrust, type Trust, trustOf } from "../../config/trust.ts";
import { UsageError } from "../../core/errors.ts";
import { projectAt } from "../../core/project.ts";
import { command } from "../command.ts";
import { writeJson, writeOut } from "../output.ts";
import { safeLine } from "../ui/sanitize.ts";
import { renderTable } from "../ui/table.ts";

export default command({
  meta: {
    name: "trust",
    description:
      "Allow the commands of mdp.yaml on this machine. A change of them, or of a script that they name, asks again.",
  },
  args: {
    show: { type: "boolean", description: "Only show what would run, and whether it is allowed." },
    revoke: { type: "boolean", description: "Take back what was allowed." },
  },
  changes: true,
  examples: [
    { command: "mdp trust --show", summary: "What would run" },
    { command: "mdp trust", summary: "Allow it" },
    { command: "mdp trust --revoke", summary: "Allow nothing any more" },
  ],
  async run(context) {
    if (context.has("show") && context.has("revoke")) {
      throw new UsageError("--show and --revoke contradict each other", "keep one of them");
    }
    const project = locateProject(context.cwd, context.projectFlag) ?? projectAt(context.cwd);
    const settings = await context.settings(project);
    const trust = await trustOf(project.dir, settings);
    const revoked = context.has("revoke") && (await revokeTrust(project.dir));
    const grants = !context.has("show") && !context.has("revoke") && trust.commands.length > 0;
    if (grants) await grantTrust(project.dir, trust);
    const trusted = grants || (!revoked && trust.trusted && trust.commands.length > 0);
    const { commands, files, changed } = trust;
    if (context.json) await writeJson({ project: project.dir, commands, files, trusted, changed: changed && !grants });
    else await writeOut(`${renderTrust(trust)}${verdictOf(trust, trusted)}\n`);
    return 0;
  },
});

function renderTrust({ commands, files }: Trust): string {
  const rows = [
    ...commands.map(({ name, command: words }) => [name, words.map((word) => JSON.stringify(word)).join(" ")]),
    ...files.map(({ path, sha256 }) => [`file ${path}`, `SHA-256 ${sha256.slice(0, 16)}…`]),
  ];
  return rows.length === 0 ? "" : renderTable(rows.map((row) => row.map(safeLine)));
}

function verdictOf({ commands, changed }: Trust, trusted: boolean): string {
  if (commands.length === 0) return "mdp.yaml names no commands here; there is nothing to trust";
  if (trusted) return "trusted: mdp ingest may run these commands";
  return changed ? "not trusted: something has changed since they were" : "not trusted: nothing of this runs";
}
