/** Columns of source code. The programming language stands in `lang`. */
import type { Mapper } from "./mapper.ts";

/** Fields by which a definition is found before what only uses it. */
const NAMING = ["qualified_name", "signature"] as const;

const code: Mapper = {
  name: "code",
  wordsWeight: 0.5,
  words: ({ fields }) => NAMING.flatMap((name) => (typeof fields?.[name] === "string" ? [fields[name]] : [])),
  columns: [
    /** Qualified name of what encloses the passage, e.g. `http.Server`; "" at the top of a file. */
    { name: "parent_scope", type: "text", index: "btree" },
    /** Qualified name of what the passage defines, e.g. `http.Server.listen`; "" when it defines nothing or several. */
    { name: "qualified_name", type: "text", index: "btree" },
    /** `function`, `method`, `class`, `interface`, `enum`, `type`, `constant`, `imports`, `module`, … */
    { name: "symbol_kind", type: "text", index: "bitmap" },
    { name: "signature", type: "text" },
    { name: "docstring", type: "text" },
    /** Modules that the file imports. */
    { name: "imports", type: "texts" },
  ],
};

export default code;
