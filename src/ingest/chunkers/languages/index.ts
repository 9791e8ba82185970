/** The languages whose syntax is known; a name is that of `Document.lang`. */
import { defineRegistry } from "../../../core/registry.ts";
import type { CodeLanguage } from "./language.ts";

export const codeLanguages = defineRegistry<CodeLanguage>("code language", {
  c: () => import("./c.ts"),
  cpp: () => import("./cpp.ts"),
  csharp: () => import("./csharp.ts"),
  dart: () => import("./dart.ts"),
  go: () => import("./go.ts"),
  java: () => import("./java.ts"),
  javascript: () => import("./javascript.ts"),
  kotlin: () => import("./kotlin.ts"),
  lua: () => import("./lua.ts"),
  perl: () => import("./perl.ts"),
  php: () => import("./php.ts"),
  powershell: () => import("./powershell.ts"),
  python: () => import("./python.ts"),
  r: () => import("./r.ts"),
  ruby: () => import("./ruby.ts"),
  rust: () => import("./rust.ts"),
  scala: () => import("./scala.ts"),
  shell: () => import("./shell.ts"),
  swift: () => import("./swift.ts"),
  tsx: () => import("./tsx.ts"),
  typescript: () => import("./typescript.ts"),
  zig: () => import("./zig.ts"),
});
