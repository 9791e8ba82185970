/** TOML: the file as it is; its chunks carry the table and the path of their keys. */
import type { Format } from "./format.ts";
import { keysDocument } from "./shared/keys-document.ts";
import { extensions } from "./shared/names.ts";

const toml: Format = {
  name: "toml",
  extensions: extensions.toml,
  binary: false,
  rows: false,
  read: (input, options) => keysDocument(input, options, "toml", "="),
};
export default toml;
