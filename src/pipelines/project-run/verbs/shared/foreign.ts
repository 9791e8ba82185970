/** What stands where a step would write, and was not made by it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../../../core/errors.ts";
import type { StepContext } from "../../verb.ts";
import { outOf } from "./training.ts";

/**
 * To be called by `changes`: a step that was begun is known from then on, and may write over what is there.
 *
 * @param name file by which an output is known
 * @throws MdpError `exists`
 */
export function refuseForeign(context: StepContext, name: string): void {
  const { step, before } = context;
  const out = outOf(context);
  if (!existsSync(join(out, name)) || (before?.verb === step.verb && before.out === step.out)) return;
  throw new MdpError({
    code: "exists",
    message: `the output folder is there already, and this step did not make it: it holds ${name}`,
    where: out,
    hint: `name another as out of steps.${step.name}, or remove that folder`,
  });
}
