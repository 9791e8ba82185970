/**
 * Files embedded in the executable: logical name (`lib/libmlx.so`, `model/config.json`) to the path inside the
 * executable's virtual file system. Empty in development; `scripts/build.ts` replaces this module when it compiles.
 */
export const assets: Readonly<Record<string, string>> = {};

/** SHA-256 (hex) of each embedded file, taken when the executable was built. */
export const assetHashes: Readonly<Record<string, string>> = {};
