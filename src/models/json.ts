/** JSON files of a model, checked; errors name the file and the key. */
import { existsSync } from "node:fs";
import * as v from "valibot";
import { MdpError, messageOf } from "../core/errors.ts";

export async function readOptionalJson<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T | undefined> {
  return existsSync(path) ? readJson(path, schema) : undefined;
}

export async function readJson<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T> {
  let value: unknown;
  try {
    value = await Bun.file(path).json();
  } catch (cause) {
    throw new MdpError({
      code: "model-unreadable",
      message: `the file cannot be read as JSON (${messageOf(cause)})`,
      where: path,
      hint: "download or write it again",
      cause,
    });
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new MdpError({
    code: "model-unsupported",
    message: `the model is not supported (${v.getDotPath(issue) ?? "file"}: ${issue.message})`,
    where: path,
    hint: "use another model, or take the original folder of this one",
  });
}
