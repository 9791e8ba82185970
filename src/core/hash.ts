/** Content hashes. */

/** SHA-256 as lowercase hex. */
export function sha256(...parts: (string | Uint8Array)[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const part of parts) hasher.update(part);
  return hasher.digest("hex");
}

/** SHA-256 of a list of strings, unambiguous at their borders, cut to 128 bits: the form of ids. */
export function idOf(...parts: string[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const part of parts) {
    hasher.update(`${Buffer.byteLength(part)}:`);
    hasher.update(part);
  }
  return hasher.digest("hex").slice(0, 32);
}

/** SHA-256 of a file, streamed. */
export async function sha256File(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const part of Bun.file(path).stream()) hasher.update(part);
  return hasher.digest("hex");
}
