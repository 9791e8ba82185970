/** Checks the pages of a Mach-O file against the hashes in its own signature, as a Mac does before it runs a page. */

const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const HASH_SHA256 = 2;

export interface SignatureCheck {
  /** Signed by no identity, only by hashes: what runs on the machine of whoever downloads it from a package manager. */
  adHoc: boolean;
  pages: number;
  /** Numbers of pages whose content differs from what was signed. */
  broken: number[];
  /** Bytes before the signature that no page hash covers. */
  uncovered: number;
}

/** `signature` is the span that the load command LC_CODE_SIGNATURE names. All numbers in it are big-endian. */
export function checkCodeSignature(bytes: Uint8Array, signature: { offset: number; size: number }): SignatureCheck {
  const view = new DataView(bytes.buffer, bytes.byteOffset + signature.offset, signature.size);
  if (view.getUint32(0) !== EMBEDDED_SIGNATURE) throw new Error("the signature is not an embedded one");
  const blobs = Array.from({ length: view.getUint32(8) }, (_, index) => view.getUint32(12 + index * 8 + 4));
  const directory = blobs.find((offset) => view.getUint32(offset) === CODE_DIRECTORY);
  if (directory === undefined) throw new Error("the signature holds no code directory");

  const field = (offset: number) => view.getUint32(directory + offset);
  const hashes = directory + field(16);
  const pages = field(28);
  const limit = field(32);
  const [hashSize, hashType, , pageSizeLog2] = [36, 37, 38, 39].map((offset) => view.getUint8(directory + offset));
  if (hashType !== HASH_SHA256) throw new Error(`the hashes are of type ${hashType}, not SHA-256`);

  const broken: number[] = [];
  for (let page = 0; page < pages; page++) {
    const start = page * 2 ** pageSizeLog2!;
    const actual = Bun.SHA256.hash(bytes.subarray(start, Math.min(start + 2 ** pageSizeLog2!, limit)));
    const at = signature.offset + hashes + page * hashSize!;
    if (!Buffer.from(bytes.buffer, bytes.byteOffset + at, hashSize).equals(actual as Uint8Array)) broken.push(page);
  }
  const covered = Math.min(limit, pages * 2 ** pageSizeLog2!);
  return { adHoc: (field(12) & 2) !== 0, pages, broken, uncovered: signature.offset - covered };
}
