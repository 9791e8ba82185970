/** C. */
import type { CodeLanguage } from "./language.ts";
import { cFamily } from "./shared/c.ts";

const c: CodeLanguage = { name: "c", grammar: "c", separator: ".", wrappers: ["declaration"], ...cFamily };

export default c;
