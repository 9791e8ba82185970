/** Plain text: the file as it is. */
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";
import { titleOf } from "./shared/text-title.ts";

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
