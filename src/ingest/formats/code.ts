/** Source code and configuration: the file as it is, with its language. */
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { languageOfHeader, languageOfName, languageOfScript } from "./shared/languages.ts";
import { extensions } from "./shared/names.ts";

const code: Format = {
  name: "code",
  extensions: extensions.code,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    const lang = languageOf(input.name, decoded.text);
    yield fileDocument(input, decoded, { kind: "code", title: input.name, lang, text: decoded.text });
  },
};
export default code;

/** The name decides, but for headers, which several languages share; a file without one may say its interpreter. */
function languageOf(name: string, text: string): string | null {
  if (/\.h$/i.test(name)) return languageOfHeader(text);
  return languageOfName(name) ?? languageOfScript(text.slice(0, 200)) ?? null;
}
