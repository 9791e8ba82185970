/** Source code and configuration: the file as it is, with its language. */
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { languageOfName, languageOfScript } from "./shared/languages.ts";
import { extensions } from "./shared/names.ts";

const code: Format = {
  name: "code",
  extensions: extensions.code,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    const lang = languageOfName(input.name) ?? languageOfScript(decoded.text.slice(0, 200)) ?? null;
    yield fileDocument(input, decoded, { kind: "code", title: input.name, lang, text: decoded.text });
  },
};
export default code;
