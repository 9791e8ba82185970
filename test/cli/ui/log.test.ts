/** What is said to people goes to stderr, terminal or not, word for word. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const LOG = join(import.meta.dir, "../../../src/cli/ui/log.ts");

async function said(script: string): Promise<{ stdout: string; stderr: string }> {
  const source = `import { logFor } from ${JSON.stringify(LOG)}; ${script}`;
  const child = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { stdout, stderr };
}

describe("the log", () => {
  test("writes every kind of line to stderr, and nothing to stdout", async () => {
    const script = 'const log = logFor({ quiet: false }); log.info("note"); log.warn("a\\nb\\n"); log.error("%s {}");';
    expect(await said(script)).toEqual({ stdout: "", stderr: "note\na\nb\n%s {}\n" });
  });

  test("keeps warnings and errors when it is quiet", async () => {
    const script = 'const log = logFor({ quiet: true }); log.info("note"); log.warn("warning"); log.error("error");';
    expect(await said(script)).toEqual({ stdout: "", stderr: "warning\nerror\n" });
  });

  test("leaves nothing out when the same is said again and the process exits", async () => {
    const script =
      'const log = logFor({ quiet: false }); for (let i = 0; i < 9; i++) log.warn("same"); process.exit();';
    expect((await said(script)).stderr).toBe("same\n".repeat(9));
  });
});
