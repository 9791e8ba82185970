/** Goal: a file's language is told by its name, by its interpreter, and for headers by its text. */
import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { languageOfHeader, languageOfName, languageOfScript } from "../../../src/ingest/formats/shared/languages.ts";
import { readFile } from "../../support/read.ts";

test.each([
  ["Program.cs", "csharp"],
  ["depot.rb", "ruby"],
  ["config.ru", "ruby"],
  ["Podfile", "ruby"],
  ["index.php", "php"],
  ["run.sh", "shell"],
  ["run.bats", "shell"],
  ["PKGBUILD", "shell"],
  ["config.fish", "fish"],
  ["App.tsx", "tsx"],
  ["App.jsx", "javascript"],
  ["main.mts", "typescript"],
  ["stub.pyi", "python"],
  ["box.tcc", "cpp"],
  ["build.sbt", "scala"],
])("%s is %s", (name, language) => {
  expect(languageOfName(name)).toBe(language);
});

test.each([
  ["#!/bin/sh\n", "shell"],
  ["#!/usr/bin/env -S deno run\n", "typescript"],
  ["#!/usr/bin/env bun\n", "typescript"],
  ["#!/usr/bin/node\n", "javascript"],
  ["#!/usr/bin/env LANG=C python3.11 -u\n", "python"],
  ["#!/usr/bin/fish\n", "fish"],
])("a script that starts with %j is %s", (start, language) => {
  expect(languageOfScript(start)).toBe(language);
});

test.each([
  ["c", '#ifdef __cplusplus\nextern "C" {\n#endif\nstruct a { int class; };\n/* the class of a: */\nint f(void);\n'],
  ["c", "#include <stdio.h>\n#include <sys/types.h>\n// in public: yes\n"],
  ["cpp", "#pragma once\n#include <string>\n"],
  ["cpp", "class EXPORT(1) Box final : public Base {\n"],
  ["cpp", "  template <typename T>\n  struct A;\n"],
  ["cpp", "namespace a::b {\n"],
  ["cpp", "struct A {\npublic:\n"],
  ["objective-c", "#import <Foundation/Foundation.h>\n@interface A : NSObject\n@end\n"],
])("a header is %s", (language, text) => {
  expect(languageOfHeader(text)).toBe(language);
});

test("the format gives documents that language", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mdp-languages-"));
  const langOf = async (name: string, text: string) => {
    const path = join(folder, name);
    await Bun.write(path, text);
    return (await readFile(path)).documents[0]!.lang;
  };
  expect(await langOf("box.h", "#include <vector>\n")).toBe("cpp");
  expect(await langOf("ring.H", "int f(void);\n")).toBe("c");
  expect(await langOf("tool", "#!/usr/bin/env ruby\nputs 1\n")).toBe("ruby");
  await rm(folder, { recursive: true });
});
