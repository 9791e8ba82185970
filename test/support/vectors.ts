/** Loaded before every test file (bunfig.toml): no test reads or fills the user's own cache of vectors. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const dir = mkdtempSync(join(tmpdir(), "mdp-vectors-"));
process.env.MDP_VECTORS = dir;
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
