/** AsciiDoc: the file as it is, with its title. */
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";
import { titleOf } from "./shared/text-title.ts";

const asciidoc: Format = {
  name: "asciidoc",
  extensions: extensions.asciidoc,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    yield fileDocument(input, decoded, { kind: "asciidoc", title: title(decoded.text), text: decoded.text });
  },
};
export default asciidoc;

/** `= Title`, else the first line that may be one. */
function title(text: string): string | undefined {
  return /^={1,2}[ \t]+(\S.*?)(?:[ \t]+=+)?[ \t]*$/m.exec(text.slice(0, 20_000))?.[1] ?? titleOf(text);
}
