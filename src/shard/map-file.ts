/** The bytes of a file without reading it, where the system allows that. */
import { readFileSync, statSync } from "node:fs";

/**
 * Maps a file privately: what is written into the bytes never reaches it. Mapping wants the right to write all the same,
 * so a file without it is read instead.
 */
export function mapFile(path: string): { bytes: Uint8Array; mapped: boolean } {
  if (statSync(path).size === 0) return { bytes: new Uint8Array(0), mapped: false };
  try {
    return { bytes: Bun.mmap(path, { shared: false }), mapped: true };
  } catch {
    const bytes = readFileSync(path);
    // Numbers of up to eight bytes are read in place.
    return { bytes: bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes), mapped: false };
  }
}
