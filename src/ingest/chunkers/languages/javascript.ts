/** JavaScript and JSX. */
import type { CodeLanguage } from "./language.ts";
import { holding, javascriptFamily } from "./shared/javascript.ts";

const javascript: CodeLanguage = {
  name: "javascript",
  grammar: "javascript",
  ...javascriptFamily,
  definitions: { ...javascriptFamily.definitions, field_definition: holding("property") },
};

export default javascript;
