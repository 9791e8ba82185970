/** `mdp trust`: allows the commands and endpoints that a project's `mdp.yaml` names. */
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
      "Allow the commands and endpoints of mdp.yaml on this machine. A change of them, or of a script that they name, asks again.",
  },
  args: {
    show: { type: "boolean", description: "Only show what would run and be sent, and whether it is allowed." },
    revoke: { type: "boolean", description: "Take back what was allowed." },
  },
  changes: true,
  examples: [
    { command: "mdp trust --show", summary: "What would run, and where texts would be sent" },
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
    const grants = !context.has("show") && !context.has("revoke") && !trust.empty;
    if (grants) await grantTrust(project.dir, trust);
    const trusted = grants || (!revoked && trust.trusted && !trust.empty);
    const { commands, endpoints, files } = trust;
    const changed = trust.changed && !grants;
    if (context.json) await writeJson({ project: project.dir, commands, endpoints, files, trusted, changed });
    else await writeOut(`${renderTrust(trust)}${verdictOf(trust, trusted)}\n`);
    return 0;
  },
});

function renderTrust({ commands, endpoints, files }: Trust): string {
  const rows = [
    ...commands.map(({ name, command: words }) => [name, words.map((word) => JSON.stringify(word)).join(" ")]),
    ...files.map(({ path, sha256 }) => [`file ${path}`, `SHA-256 ${sha256.slice(0, 16)}…`]),
    ...endpoints.map(({ name, model, keyFrom }) => [
      name,
      [
        model === null ? "" : `texts are sent to ${model}`,
        keyFrom === null ? "" : `the key in ${keyFrom} is sent along`,
      ]
        .filter((part) => part !== "")
        .join(", "),
    ]),
  ];
  return rows.length === 0 ? "" : renderTable(rows.map((row) => row.map(safeLine)));
}

function verdictOf({ empty, changed }: Trust, trusted: boolean): string {
  if (empty) return "mdp.yaml names no commands and no endpoints here; there is nothing to trust";
  if (trusted) return "trusted: these commands may run, and texts be sent there";
  return changed
    ? "not trusted: something has changed since they were"
    : "not trusted: nothing of this runs or is sent";
}
