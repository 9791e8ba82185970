/** Goal: no modifier goes without the contract suite, and each is known by its name. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { modifiers } from "../../../src/curate/modifiers/index.ts";

test.each([...modifiers.names])("%s has a test that runs the contract suite", async (name) => {
  const source = await Bun.file(join(import.meta.dir, `${name}.test.ts`)).text();
  expect(source).toContain(`describeModifier("${name}"`);
});

test("an unknown modifier is refused with the known names", async () => {
  await expect(modifiers.load("unicod")).rejects.toThrow('unknown modifier "unicod"');
});
