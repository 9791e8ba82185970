/** Archives, checksums and the Homebrew formula, as far as they can be made without a release. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json";
import { sha256 } from "../../src/core/hash.ts";
import { root, run } from "./run.ts";

const repository = "https://example.org/someone/mdp";
const platforms = ["darwin-arm64", "linux-x64"];
const archiveOf = (platform: string) => `mdp-${packageJson.version}-${platform}.tar.gz`;

let dist: string;
beforeAll(async () => {
  dist = mkdtempSync(join(tmpdir(), "mdp-release-"));
  for (const platform of platforms) {
    // The content is of no concern to packing, and the real ones take a while to compress.
    const executable = join(dist, platform);
    writeFileSync(executable, `#!/bin/sh\necho ${platform}\n`);
    const packed = await run(["scripts/release/pack.sh", platform, executable], { env: { MDP_DIST: dist } });
    expect(packed.stderr).toContain(archiveOf(platform));
    expect(packed.code).toBe(0);
  }
});
afterAll(() => rmSync(dist, { recursive: true, force: true }));

describe("an archive", () => {
  test("unpacks to one folder with an executable that runs, and the licences of what is inside", async () => {
    await run(["tar", "-xzf", archiveOf("linux-x64")], { cwd: dist });
    const folder = join(dist, `mdp-${packageJson.version}-linux-x64`);
    expect((await run([join(folder, "mdp")])).stdout).toBe("linux-x64\n");
    for (const name of ["mlx-LICENSE", "mlx-c-LICENSE"]) {
      expect(readFileSync(join(folder, "licenses", name), "utf8")).toContain("Copyright");
    }
    expect(readFileSync(join(folder, "LICENSE"), "utf8")).toContain("MIT");
  });

  test("has its checksum beside it, in the form that sha256sum checks", () => {
    for (const platform of platforms) {
      const hash = sha256(readFileSync(join(dist, archiveOf(platform))));
      expect(readFileSync(join(dist, `${archiveOf(platform)}.sha256`), "utf8")).toBe(
        `${hash}  ${archiveOf(platform)}\n`,
      );
    }
  });
});

describe("the formula", () => {
  const fill = (folder: string) => run(["scripts/release/formula.sh", repository], { env: { MDP_DIST: folder } });

  test("names each archive with its real checksum, and leaves no field open", async () => {
    const filled = await fill(dist);
    expect(filled.code).toBe(0);
    const formula = readFileSync(join(dist, "mdp.rb"), "utf8");
    expect(formula).not.toMatch(/@[A-Z0-9_]+@/);
    expect(formula).toContain(`homepage "${repository}"`);
    expect(formula).toContain(`version "${packageJson.version}"`);
    for (const platform of platforms) {
      const url = `${repository}/releases/download/v${packageJson.version}/${archiveOf(platform)}`;
      const hash = sha256(readFileSync(join(dist, archiveOf(platform))));
      expect(formula).toContain(`url "${url}"\n    sha256 "${hash}"`);
    }
  });

  test("opens and closes its blocks", () => {
    const code = readFileSync(join(root, "scripts/release/mdp.rb.in"), "utf8")
      .replace(/^\s*#.*$/gm, "")
      .replace(/"[^"]*"/g, '""');
    const opened = code.match(/^class\b|^\s*def\b|\bdo$/gm)!.length;
    expect(code.match(/^\s*end$/gm)).toHaveLength(opened);
  });

  test("is not filled while an archive is missing", async () => {
    const empty = mkdtempSync(join(tmpdir(), "mdp-release-empty-"));
    const filled = await fill(empty);
    rmSync(empty, { recursive: true });
    expect(filled.code).toBe(1);
    expect(filled.stderr).toContain("is missing\nfix:   scripts/release/pack.sh darwin-arm64");
  });

  test("needs the repository's address", async () => {
    const filled = await run(["scripts/release/formula.sh"]);
    expect(filled.code).toBe(1);
    expect(filled.stderr).toContain("address of the repository is missing");
  });
});
