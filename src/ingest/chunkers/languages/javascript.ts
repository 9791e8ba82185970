/** JavaScript and JSX. */
import type { CodeLanguage } from "./language.ts";
import { javascriptFamily } from "./shared/javascript.ts";

const javascript: CodeLanguage = { name: "javascript", grammar: "javascript", ...javascriptFamily };

export default javascript;
