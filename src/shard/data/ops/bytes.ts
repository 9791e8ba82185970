/** Operations on text, which is bytes. */
import { UsageError } from "../../../core/errors.ts";
import { bytesOf, vector } from "../array.ts";
import type { Op } from "../sample.ts";
import { type OutputKey, onKey } from "./keys.ts";

export const byteOps = {
  /** Replaces a text by another, from the left, `count` times at most; −1 is no limit. */
  replace(key: string, old: string, replacement: string, { count = -1 }: { count?: number } = {}): Op {
    const [from, to] = [Buffer.from(old), Buffer.from(replacement)];
    if (from.length === 0) throw new UsageError("replace looks for an empty text");
    return onKey(key, {}, (array) => {
      const bytes = Buffer.from(bytesOf(array));
      const parts: Uint8Array[] = [];
      let at = 0;
      for (let left = count; left !== 0; left--) {
        const found = bytes.indexOf(from, at);
        if (found === -1) break;
        parts.push(bytes.subarray(at, found), to);
        at = found + from.length;
      }
      return vector(Uint8Array.from(Buffer.concat([...parts, bytes.subarray(at)])));
    });
  },

  /** Replaces each byte by a text, of 256. */
  replaceBytes(key: string, byteMap: readonly string[], options: OutputKey = {}): Op {
    if (byteMap.length !== 256) throw new UsageError(`replaceBytes has ${byteMap.length} texts; there are 256 bytes`);
    const texts = byteMap.map((text) => Buffer.from(text));
    return onKey(key, options, (array) => {
      const parts = Array.from(bytesOf(array), (byte) => texts[byte]!);
      return vector(Uint8Array.from(Buffer.concat(parts)));
    });
  },
};
