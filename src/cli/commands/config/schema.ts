/** `mdp config schema`: the JSON Schema of `mdp.yaml`. */
import { settingsJsonSchema } from "../../../config/fields.ts";
import { command } from "../../command.ts";
import { writeOut } from "../../output.ts";

export default command({
  meta: { name: "schema", description: "Print the JSON Schema of mdp.yaml, for editors and programs." },
  examples: [{ command: "mdp config schema > mdp.schema.json", summary: "Keep it where the editor finds it" }],
  async run() {
    await writeOut(`${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
    return 0;
  },
});
