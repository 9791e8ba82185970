/** The compiled grammars: each is a WebAssembly file of a package, and in the executable a compressed file of its own. */

/** The runtime that all grammars share. */
export const runtimeFile = "web-tree-sitter/web-tree-sitter.wasm";

const maintained = (name: string) => `@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`;
const collected = (name: string) => `@cursorless/tree-sitter-wasms/out/tree-sitter-${name}.wasm`;

/** Package files by grammar. */
export const grammarFiles = {
  bash: maintained("bash"),
  c: collected("c"),
  cpp: maintained("cpp"),
  csharp: maintained("c-sharp"),
  dart: collected("dart"),
  go: maintained("go"),
  java: maintained("java"),
  javascript: maintained("javascript"),
  kotlin: collected("kotlin"),
  lua: collected("lua"),
  perl: collected("perl"),
  php: maintained("php"),
  powershell: maintained("powershell"),
  python: maintained("python"),
  r: collected("r"),
  ruby: maintained("ruby"),
  rust: maintained("rust"),
  scala: collected("scala"),
  swift: collected("swift"),
  tsx: maintained("tsx"),
  typescript: maintained("typescript"),
  zig: collected("zig"),
} as const;

export type Grammar = keyof typeof grammarFiles;

/** Logical name of an embedded file: `grammars/python.wasm.zst`, and `grammars/runtime.wasm.zst` for the runtime. */
export const grammarAsset = (name: Grammar | "runtime") => `grammars/${name}.wasm.zst`;
