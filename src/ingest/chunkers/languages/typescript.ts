/** TypeScript. */
import type { CodeLanguage } from "./language.ts";
import { typescriptFamily } from "./shared/javascript.ts";

const typescript: CodeLanguage = { name: "typescript", grammar: "typescript", ...typescriptFamily };

export default typescript;
