/** reStructuredText: the file as it is, with the title of its first section. */
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";

const rst: Format = {
  name: "rst",
  extensions: extensions.rst,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    yield fileDocument(input, decoded, { kind: "rst", title: firstSection(decoded.text), text: decoded.text });
  },
};
export default rst;

/** Any run of one punctuation character. */
const ADORNMENT = /^([!-/:-@[-`{-~])\1+\s*$/;

/** The first line with an underline at least as long. */
function firstSection(text: string): string | undefined {
  const lines = text.slice(0, 20_000).split("\n");
  for (let i = 1; i < lines.length; i++) {
    const title = lines[i - 1]!.trim();
    const underline = lines[i]!;
    if (title === "" || ADORNMENT.test(title) || !ADORNMENT.test(underline)) continue;
    if (underline.trim().length >= title.length && !title.startsWith("..")) return title;
  }
  return undefined;
}
