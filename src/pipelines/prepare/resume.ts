/** Whether a run that began in an output folder may go on there: its inputs and settings must be what they were. */
import { readFileSync } from "node:fs";
import { MdpError } from "../../core/errors.ts";
import { hashInput } from "./hash-input.ts";
import type { Layout } from "./layout.ts";
import { decisive, type Plan } from "./plan.ts";
import type { Scan } from "./scan.ts";
import { type InputLine, inputKey } from "./split-inputs.ts";

const HINT = "put it back to go on, or start again with --overwrite";

/**
 * Compares the plan that is there with the one of now.
 *
 * @param knownHash the content hash of an input that the run has read already, by its key
 * @throws MdpError that names the first setting, file or input that differs
 */
export async function checkResumable(
  layout: Layout,
  before: Plan,
  now: Plan,
  found: Scan,
  knownHash: (key: string) => string | undefined,
): Promise<void> {
  if (before.version !== now.version || before.command !== now.command) {
    throw changed(
      `the run that began here was "mdp ${before.command}" of another version or kind`,
      layout.dir,
      "start again with --overwrite",
    );
  }
  const [old, fresh] = [decisive(before.settings), decisive(now.settings)];
  for (const path of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
    const [a, b] = [JSON.stringify(old[path]), JSON.stringify(fresh[path])];
    if (a !== b) throw changed(`the setting ${path} was ${a} and is now ${b}`, layout.dir, HINT);
  }
  for (const name of new Set([...Object.keys(before.files), ...Object.keys(now.files)])) {
    if (before.files[name] !== now.files[name]) throw changed(`the file of ${name} has changed`, layout.dir, HINT);
  }
  if (before.inputs.sha256 !== now.inputs.sha256) await checkInputs(layout, found, knownHash);
}

async function checkInputs(layout: Layout, found: Scan, knownHash: (uri: string) => string | undefined): Promise<void> {
  const before = new Map<string, InputLine>();
  for (const line of readFileSync(layout.inputs, "utf8").split("\n")) {
    if (line === "") continue;
    const input = JSON.parse(line) as InputLine;
    before.set(inputKey(input), input);
  }
  for (const now of found.lines) {
    const old = before.get(inputKey(now));
    before.delete(inputKey(now));
    if (!old) throw changed("the input is new since the run began", now.path, HINT);
    if (old.size !== now.size) {
      throw changed(`the input had ${old.size} bytes when the run began and has ${now.size} now`, now.path, HINT);
    }
    if (old.mtimeNs === now.mtimeNs) continue;
    const known = knownHash(inputKey(now));
    // Only touched, when its content is what was read.
    if (known !== undefined && known === (await hashInput(now).catch(() => ""))) continue;
    throw changed("the input was written again since the run began", now.path, HINT);
  }
  const [gone] = before.values();
  if (gone) throw changed("the input is gone since the run began", gone.path, HINT);
}

function changed(message: string, where: string, hint: string): MdpError {
  return new MdpError({ code: "plan-changed", message, where, hint });
}
