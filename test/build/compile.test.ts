/** The build refuses what would only fail later, on a user's machine. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assetsModule, collectAssets, lancedbAsset } from "../../scripts/build/assets.ts";
import { compile } from "../../scripts/build/compile.ts";
import { host } from "../../scripts/build/targets.ts";
import { sha256File } from "../../src/core/hash.ts";
import { targetNamed } from "./artefacts.ts";

const target = targetNamed(host);
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-compile-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("collecting what is embedded", () => {
  test("a missing library folder is an error with the command that makes it", () => {
    const without = { ...target, libraries: { ...target.libraries, folder: join(dir, "gone") } };
    expect(() => collectAssets(without)).toThrow(`${join(dir, "gone")} is missing; make it with: ${target.setup}`);
  });

  test("a missing addon is an error with the command that makes it", () => {
    expect(() => collectAssets({ ...target, lancedbAddon: join(dir, "none.node") })).toThrow("make it with");
  });

  test("MLX for CUDA is refused: its libraries would be gigabytes", () => {
    writeFileSync(join(dir, "nvidia"), "");
    expect(() => collectAssets({ ...target, libraries: { ...target.libraries, folder: join(dir, "lib") } })).toThrow(
      "is for CUDA",
    );
  });

  test("every file is named with the hash of its content", async () => {
    const file = join(dir, "a.so");
    writeFileSync(file, "elf");
    const module = await assetsModule(new Map([["lib/a.so", file]]));
    expect(module).toContain(`import file0 from ${JSON.stringify(file)} with { type: "file" };`);
    expect(module).toContain(`"lib/a.so": "${await sha256File(file)}"`);
  });

  test("LanceDB's addon lies apart, so that commands that do not need it never unpack it", () => {
    expect([...collectAssets(target).keys()].filter((name) => name.startsWith("addon/"))).toEqual([lancedbAsset]);
  });
});

describe("compiling", () => {
  test("an addon that the build does not know is refused, with the file that asks for it", async () => {
    const entry = join(dir, "entry.ts");
    writeFileSync(entry, 'import addon from "./unknown.node";\nconsole.log(addon);\n');
    const outfile = join(dir, "out");
    const error = await compile(target, outfile, entry).catch((thrown) => thrown);
    expect(Bun.inspect(error)).toContain(`${entry} loads the addon ./unknown.node`);
    expect(existsSync(outfile)).toBe(false);
  });
});
