/** Identity of the mlx-c headers: mlx-c reports no version of its own, and changes signatures between minor ones. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The release that the tables in `symbols/` were checked against. */
export const pinned = {
  mlxC: "0.7.0",
  mlx: "0.32.2",
  /** `headerHash` of its installed headers. */
  headers: "6a5b730b105a03f6c76b93df4f97672f4808664dae430b906fc9e4bcf3ab6228",
} as const;

/**
 * SHA-256 (hex) over the names and contents of `mlx/c/*.h` under an include folder, in name order, or undefined when
 * there are none.
 */
export function headerHash(includeDir: string): string | undefined {
  const dir = join(includeDir, "mlx", "c");
  let names: string[];
  try {
    names = readdirSync(dir).filter((name) => name.endsWith(".h"));
  } catch {
    return undefined;
  }
  if (names.length === 0) return undefined;
  const hasher = new Bun.CryptoHasher("sha256");
  for (const name of names.sort()) {
    const content = readFileSync(join(dir, name));
    hasher.update(`${name}\0${content.byteLength}\0`);
    hasher.update(content);
  }
  return hasher.digest("hex");
}
