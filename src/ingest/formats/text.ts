/** Plain text: the file as it is. */
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";

const text: Format = {
  name: "text",
  extensions: extensions.text,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    yield fileDocument(input, decoded, { kind: "text", title: titleOf(decoded.text), text: decoded.text });
  },
};
export default text;

/** The first line, when it is alone or short enough to be a heading. */
function titleOf(content: string): string | undefined {
  const line = content
    .slice(0, 1_000)
    .split("\n")
    .find((candidate) => /[\p{L}\p{N}]/u.test(candidate));
  const trimmed = line?.trim();
  return trimmed && trimmed.length <= 80 && !/[.,;:]$/.test(trimmed) ? trimmed : undefined;
}
