/** Which format a file name stands for. */
import { extensionOf } from "./extension.ts";
import { codeExtensions, languageOfName } from "./languages.ts";

/** Extensions by format: the one place where they are listed. */
export const extensions = {
  code: codeExtensions,
  asciidoc: ["adoc", "asciidoc"],
  csv: ["csv", "tsv", "tab"],
  doc: ["doc", "dot"],
  docx: ["docx", "docm", "dotx", "dotm"],
  eml: ["eml"],
  epub: ["epub"],
  html: ["html", "htm", "xhtml"],
  ipynb: ["ipynb"],
  json: ["json", "geojson", "webmanifest"],
  jsonl: ["jsonl", "ndjson", "jsonlines"],
  log: ["log"],
  markdown: ["md", "markdown", "mdx", "mdown", "mkd", "qmd", "rmd"],
  mbox: ["mbox", "mbx"],
  "mysql-slow": ["slowlog"],
  ods: ["ods", "ots"],
  opendocument: ["odt", "ott", "odp", "otp"],
  org: ["org"],
  parquet: ["parquet", "parq", "pq"],
  pdf: ["pdf"],
  "pg-log": ["pglog"],
  pptx: ["pptx", "pptm", "potx", "ppsx", "ppsm"],
  rst: ["rst", "rest"],
  sql: ["sql", "pgsql", "psql", "mysql", "ddl"],
  "sql-jsonl": ["sqljsonl"],
  "sqlite-trace": ["sqltrace"],
  subtitles: ["srt", "vtt"],
  tar: ["tar"],
  tex: ["tex", "latex", "ltx"],
  text: ["txt", "text", "asc"],
  toml: ["toml"],
  xls: ["xls", "xlt"],
  xlsx: ["xlsx", "xlsm", "xltx", "xltm"],
  xml: ["xml", "xsd", "xsl", "xslt", "rss", "atom", "svg", "plist"],
  yaml: ["yaml", "yml"],
  zip: ["zip"],
} as const satisfies Record<string, readonly string[]>;

const byExtension = new Map<string, string>();
for (const [format, names] of Object.entries(extensions)) {
  for (const name of names) byExtension.set(name, format);
}

/** The format of a name, when it says one. A name such as `CMakeLists.txt` is code before it is text. */
export function formatOfName(name: string): string | undefined {
  const language = languageOfName(name);
  if (language === "sql" || language === "yaml" || language === "toml") return language;
  return language === undefined ? byExtension.get(extensionOf(name)) : "code";
}
