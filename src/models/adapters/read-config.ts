/** `adapter_config.json`, checked; errors name the key. */
import * as v from "valibot";
import { MdpError } from "../../core/errors.ts";
import { readJson } from "../json.ts";

export async function readAdapterConfig<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T> {
  const parsed = v.safeParse(schema, await readJson(path, v.unknown()));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new MdpError({
    code: "adapter-unsupported",
    message: `the adapter is not supported (${v.getDotPath(issue) ?? "file"}: ${issue.message})`,
    where: path,
    hint: "use an adapter that mdp, mlx-lm or PEFT's LoRA wrote",
  });
}
