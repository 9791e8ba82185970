/** YAML: the file as it is; its chunks carry the path of their keys. */
import type { Format } from "./format.ts";
import { keysDocument } from "./shared/keys-document.ts";
import { extensions } from "./shared/names.ts";

const yaml: Format = {
  name: "yaml",
  extensions: extensions.yaml,
  binary: false,
  rows: false,
  read: (input, options) => keysDocument(input, options, "yaml", ":"),
};
export default yaml;
