/** TypeScript with elements. */
import type { CodeLanguage } from "./language.ts";
import { typescriptFamily } from "./shared/javascript.ts";

const tsx: CodeLanguage = { name: "tsx", grammar: "tsx", ...typescriptFamily };

export default tsx;
