/** Paths that mlx-c can take. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { safeText } from "../../ffi/call.ts";

/**
 * Runs `use` with a path for this file that is safe in mlx-c's printf-style errors: the path itself, or for one with a
 * `%` a symbolic link that exists meanwhile. The link may point to a file that `use` is about to write.
 */
export function withPlainPath<T>(operation: string, path: string, use: (path: string) => T): T {
  if (!path.includes("%")) return use(safeText(path, operation));
  const folder = mkdtempSync(join(tmpdir(), "mdp-link-"));
  try {
    const link = join(folder, `file${extname(path)}`);
    symlinkSync(resolve(path), link);
    return use(safeText(link, operation));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
