/** MinHash: band keys of a text's word n-grams, with our own hash functions or those of another library. */
import type { DedupSettings } from "../config.ts";
import { fmix32 } from "../text/mix.ts";
import { shingleHashes, shingleStrings } from "../text/shingles.ts";
import type { Words } from "../text/words.ts";
import { type DatasketchScheme, datasketchSigner } from "./datasketch.ts";
import { datatroveShingles, datatroveSigner } from "./datatrove.ts";
import { permutationsOf, SignatureMaker } from "./permutations.ts";

/** Turns the words of a text into band keys. */
export interface MinHash {
  /**
   * Two numbers (high, low) for each band of a text that `words` has split, valid until the next call; undefined for a
   * text without n-grams.
   */
  bandKeys(words: Words, text: string): Uint32Array | undefined;
}

/** One 64-bit key for each band of `rows` numbers, as (high, low): bands of one number are keyed apart. */
export function bandKeys(signature: Uint32Array, bands: number, rows: number, out: Uint32Array): void {
  for (let band = 0, at = 0; band < bands; band++) {
    let high = fmix32(band + 0x51ed270b);
    let low = fmix32(band + 0x2127599b);
    for (let row = 0; row < rows; row++) {
      const value = signature[at++]!;
      high = Math.imul(high ^ value, 0xcc9e2d51);
      high ^= high >>> 15;
      low = Math.imul(low + value, 0x1b873593);
      low ^= low >>> 13;
    }
    out[band * 2] = fmix32(high);
    out[band * 2 + 1] = fmix32(low);
  }
}

/** Opens the method with the hash functions that `settings.minhash` names. */
export function openMinHash(settings: DedupSettings): MinHash {
  switch (settings.minhash) {
    case "mdp":
      return ownMinHash(settings);
    case "datatrove":
      return datatroveMinHash(settings);
    case "datasketch":
      return datasketchMinHash(settings, "affine32");
    case "datasketch-1":
      return datasketchMinHash(settings, "legacy");
  }
}

function ownMinHash({ bands, rows, ngramWords, hashSeed }: DedupSettings): MinHash {
  const keys = new Uint32Array(bands * 2);
  const maker = new SignatureMaker(permutationsOf(hashSeed, bands * rows));
  return {
    bandKeys(words) {
      if (words.count === 0) return undefined;
      maker.reserve(words.count);
      const count = shingleHashes(words, ngramWords, maker.hashes);
      bandKeys(maker.make(count), bands, rows, keys);
      return keys;
    },
  };
}

function datasketchMinHash(settings: DedupSettings, scheme: DatasketchScheme): MinHash {
  const { bands, rows, ngramWords, hashSeed } = settings;
  const keys = new Uint32Array(bands * 2);
  const sign = datasketchSigner(bands * rows, hashSeed, scheme);
  return {
    bandKeys(words) {
      if (words.count === 0) return undefined;
      bandKeys(sign(shingleStrings(words, ngramWords)), bands, rows, keys);
      return keys;
    },
  };
}

function datatroveMinHash({ bands, rows, ngramWords, hashSeed }: DedupSettings): MinHash {
  const keys = new Uint32Array(bands * 2);
  const sign = datatroveSigner(bands * rows, hashSeed);
  return {
    bandKeys(_, text) {
      const shingles = datatroveShingles(text, ngramWords);
      if (shingles.length === 0) return undefined;
      // Two numbers of 32 bits for each of 64.
      bandKeys(new Uint32Array(sign(shingles).buffer), bands, rows * 2, keys);
      return keys;
    },
  };
}
