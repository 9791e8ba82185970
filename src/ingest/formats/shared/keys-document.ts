/** Configuration by keys as a document: its text as it is, named by what its outermost level says of itself. */
import type { Read } from "../../../core/document.ts";
import type { FormatInput, ReadOptions } from "../format.ts";
import { fileDocument, readText } from "./document.ts";

/** `assign` is what stands between a key and its value. */
export async function* keysDocument(
  input: FormatInput,
  options: ReadOptions,
  kind: string,
  assign: ":" | "=",
): AsyncGenerator<Read, void, undefined> {
  const decoded = await readText(input, options);
  const named = new RegExp(
    `^(?:title|name)\\s*${assign}\\s*(?:"([^"\\n]+)"|'([^'\\n]+)'|([^\\s"'#|>&*{[][^\\n#]*))`,
    "m",
  );
  const found = named.exec(decoded.text.slice(0, 20_000));
  const title = found?.[1] ?? found?.[2] ?? found?.[3];
  yield fileDocument(input, decoded, { kind, title, text: decoded.text });
}
