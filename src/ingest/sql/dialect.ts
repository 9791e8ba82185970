/** How SQL dialects write strings, names and comments: what the scanner has to know of them. */

export type DialectName = "generic" | "mysql" | "postgres" | "sqlite";

export interface Dialect {
  name: DialectName;
  /** A backslash escapes the next character of every string, not only of `E'…'`. */
  backslash: boolean;
  /** `"…"` is a string, not a name. */
  doubleQuotedStrings: boolean;
  /** `#` begins a comment. */
  hashComments: boolean;
  /** `[…]` is a name. */
  brackets: boolean;
  /** `$tag$…$tag$` is a string. */
  dollarQuotes: boolean;
}

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  generic: {
    name: "generic",
    backslash: false,
    doubleQuotedStrings: false,
    hashComments: false,
    brackets: false,
    dollarQuotes: true,
  },
  mysql: {
    name: "mysql",
    backslash: true,
    doubleQuotedStrings: true,
    hashComments: true,
    brackets: false,
    dollarQuotes: false,
  },
  postgres: {
    name: "postgres",
    backslash: false,
    doubleQuotedStrings: false,
    hashComments: false,
    brackets: false,
    dollarQuotes: true,
  },
  sqlite: {
    name: "sqlite",
    backslash: false,
    doubleQuotedStrings: false,
    hashComments: false,
    brackets: true,
    dollarQuotes: false,
  },
};
