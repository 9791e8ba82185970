/** Programming and configuration languages by file name and by the interpreter of a script. */
import { extensionOf } from "./extension.ts";

// biome-ignore format: a table
const BY_EXTENSION: Readonly<Record<string, string>> = {
  ada: "ada", adb: "ada", ads: "ada", asm: "assembly", s: "assembly", awk: "awk", bas: "basic", bat: "batch",
  cmd: "batch", bib: "bibtex", c: "c", h: "c", cc: "cpp", cpp: "cpp", cxx: "cpp", hh: "cpp", hpp: "cpp", hxx: "cpp",
  ipp: "cpp", inl: "cpp", tcc: "cpp", ino: "cpp", clj: "clojure", cljs: "clojure", cljc: "clojure", edn: "clojure", cmake: "cmake", coffee: "coffeescript",
  lisp: "lisp", lsp: "lisp", el: "lisp", scm: "scheme", rkt: "racket", cr: "crystal", cs: "csharp", css: "css",
  scss: "scss", sass: "sass", less: "less", cu: "cuda", cuh: "cuda", d: "d", dart: "dart", diff: "diff", patch: "diff",
  dockerfile: "dockerfile", ex: "elixir", exs: "elixir", elm: "elm", erl: "erlang", hrl: "erlang", f: "fortran",
  f90: "fortran", f95: "fortran", for: "fortran", fs: "fsharp", fsx: "fsharp", glsl: "glsl", frag: "glsl", vert: "glsl",
  go: "go", gradle: "groovy", groovy: "groovy", graphql: "graphql", gql: "graphql", hcl: "hcl", tf: "hcl",
  tfvars: "hcl", hs: "haskell", lhs: "haskell", idl: "idl", ini: "ini", cfg: "ini", conf: "ini", properties: "ini",
  env: "ini", java: "java", js: "javascript", cjs: "javascript", mjs: "javascript", jsx: "javascript", jl: "julia",
  kt: "kotlin", kts: "kotlin", lua: "lua", m: "objective-c", mm: "objective-c", mk: "make", mak: "make",
  metal: "metal", ml: "ocaml", mli: "ocaml", nim: "nim", nix: "nix", pas: "pascal", pp: "pascal", pl: "perl",
  pm: "perl", php: "php", phtml: "php", proto: "protobuf", ps1: "powershell", psm1: "powershell", psd1: "powershell", pro: "prolog",
  py: "python", pyi: "python", pyw: "python", pyx: "python", r: "r", rb: "ruby", rake: "ruby", ru: "ruby", gemspec: "ruby",
  rs: "rust", sc: "scala", scala: "scala", sbt: "scala", sh: "shell", bash: "shell", zsh: "shell", ksh: "shell", bats: "shell", fish: "fish",
  sol: "solidity", sql: "sql", svelte: "svelte", swift: "swift", tcl: "tcl", toml: "toml", ts: "typescript",
  cts: "typescript", mts: "typescript", tsx: "tsx", v: "verilog", sv: "verilog", vhd: "vhdl", vhdl: "vhdl",
  vim: "vim", vb: "visual-basic", vue: "vue", wat: "wat", yaml: "yaml", yml: "yaml", zig: "zig",
};

const BY_NAME: Readonly<Record<string, string>> = {
  makefile: "make",
  gnumakefile: "make",
  dockerfile: "dockerfile",
  containerfile: "dockerfile",
  "cmakelists.txt": "cmake",
  rakefile: "ruby",
  gemfile: "ruby",
  brewfile: "ruby",
  vagrantfile: "ruby",
  podfile: "ruby",
  jenkinsfile: "groovy",
  ".bashrc": "shell",
  ".zshrc": "shell",
  ".profile": "shell",
  ".bash_profile": "shell",
  pkgbuild: "shell",
  ".gitconfig": "ini",
  ".editorconfig": "ini",
};

const BY_INTERPRETER: readonly (readonly [RegExp, string])[] = [
  [/^(ba|z|k|mk|da|a)?sh$|^bats$/, "shell"],
  [/^fish$/, "fish"],
  [/^python[\d.]*$|^pypy[\d.]*$/, "python"],
  [/^(node|nodejs)$/, "javascript"],
  [/^(deno|bun|tsx|ts-node)$/, "typescript"],
  [/^ruby[\d.]*$/, "ruby"],
  [/^perl[\d.]*$/, "perl"],
  [/^php[\d.]*$/, "php"],
  [/^lua[\d.]*$|^luajit$/, "lua"],
  [/^Rscript$/, "r"],
  [/^[gm]?awk$/, "awk"],
  [/^tclsh[\d.]*$|^wish$/, "tcl"],
  [/^make$/, "make"],
  [/^julia$/, "julia"],
  [/^runghc$|^runhaskell$/, "haskell"],
];

export const codeExtensions: readonly string[] = Object.keys(BY_EXTENSION);

/** The language that a file name stands for. */
export function languageOfName(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (Object.hasOwn(BY_NAME, lower)) return BY_NAME[lower];
  const extension = extensionOf(name);
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}

/** Characters of a header in which the marks of its language are looked for. */
const HEADER_CHARS = 50_000;
/** Lines that C does not have. Names may stand before a class's, to export it. */
const CPP_LINE =
  /^[ \t]*(template\s*<|namespace(\s+[\w:]+)?\s*\{|class\s+[\w:\s()]*[\w)]\s*(final\s*)?[:{]|(public|private|protected)\s*:|using\s+\w+\s*=|using\s+namespace\s|#\s*include\s*<[a-z_]+>)/m;
const OBJECTIVE_C_LINE = /^[ \t]*(@(interface|protocol|class|import|implementation)\b|#\s*import\s)/m;

/** Whether a header `.h` is for C, C++ or Objective-C. */
export function languageOfHeader(text: string): string {
  const start = text.slice(0, HEADER_CHARS);
  if (OBJECTIVE_C_LINE.test(start)) return "objective-c";
  return CPP_LINE.test(start) ? "cpp" : "c";
}

/** The language of a script that starts with `#!`. */
export function languageOfScript(start: string): string | undefined {
  const line = /^#!\s*(\S+)(?:[ \t]+([^\n]*))?/.exec(start);
  if (!line) return undefined;
  let program = line[1]!.split("/").at(-1)!;
  if (program === "env") program = (line[2] ?? "").split(/\s+/).find((word) => word !== "" && !/^-|=/.test(word)) ?? "";
  return BY_INTERPRETER.find(([pattern]) => pattern.test(program))?.[1];
}
