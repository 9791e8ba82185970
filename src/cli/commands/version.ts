/** `mdp version`: versions of the program and its parts. */
import { versions } from "../../pipelines/version.ts";
import { command } from "../command.ts";
import { writeJson, writeOut } from "../output.ts";

export default command({
  meta: { name: "version", description: "Show the versions of mdp and its parts." },
  examples: [{ command: "mdp version --json", summary: "For programs and bug reports" }],
  async run(context) {
    const all = versions();
    if (context.json) await writeJson(all);
    else await writeOut(`mdp ${all.mdp} (Bun ${all.bun}, mlx-c ${all.mlxC}, MLX ${all.mlx}, ${all.platform})\n`);
    return 0;
  },
});
