/** `mdp data tag`: a name for the run that an output holds, or for the state of the project's tables. */
import { UsageError } from "../../../core/errors.ts";
import { dataTag } from "../../../pipelines/data/history.ts";
import { readTags, removeTag, tagTables } from "../../../pipelines/data/tables/tags.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderTag, renderTags } from "../../ui/tables.ts";

export default command({
  meta: {
    name: "tag",
    description: "Name the state of all tables of the project, which is kept then, or the run that an output holds.",
  },
  args: {
    what: {
      type: "positional",
      description: "The name; or a folder that curate, dedup or shard filled, and then the name. None lists the tags.",
      required: false,
    },
    name: { type: "positional", description: "Letters, digits, dots, dashes and underscores.", required: false },
    force: { type: "boolean", description: "Take the name from another state or run." },
    delete: { type: "boolean", description: "Remove the tag: what only it kept goes." },
  },
  changes: true,
  examples: [
    { command: "mdp data tag before-cleanup", summary: "All tables as they are now" },
    { command: "mdp data tag", summary: "The tags of the project" },
    { command: "mdp data tag before-cleanup --delete", summary: "It is not needed any more" },
    { command: "mdp data tag data/shards v1", summary: "Call the output v1" },
  ],
  async run(context) {
    const [first, second] = context.positionals;
    const [force, remove] = [context.has("force"), context.has("delete")];
    if (second !== undefined) {
      if (remove) throw new UsageError("--delete is for tags of the project's tables", "mdp data tag NAME --delete");
      const tagged = await dataTag(first!, second, force);
      await (context.json ? writeJson(tagged) : writeOut(`${tagged.tag} is ${tagged.fingerprint}\n`));
      return 0;
    }
    const project = context.project();
    if (first === undefined) {
      if (force || remove) throw new UsageError("which tag?", "mdp data tag NAME");
      const tags = readTags(project);
      await (context.json ? writeJson(tags) : writeOut(renderTags(tags)));
      return 0;
    }
    const tag = remove ? removeTag(project, first) : await tagTables(project, first, force);
    await (context.json ? writeJson({ ...tag, deleted: remove }) : writeOut(renderTag(tag, remove)));
    return 0;
  },
});
