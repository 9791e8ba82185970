/** Reads a file within a file: finds its format and hands it over as if it lay on disk. */
import type { Read } from "../../core/document.ts";
import { MdpError } from "../../core/errors.ts";
import { type FormatInput, HEAD_BYTES, type Member, type Members, type ReadOptions } from "../formats/format.ts";
import { detectFormat, formats } from "../formats/index.ts";
import { tooLarge } from "../formats/shared/document.ts";
import { conversionOf } from "../formats/shared/signatures.ts";
import { countBytes, newAllowance } from "../formats/shared/unpack-limits.ts";
import { rejectOf } from "./reject.ts";
import { packingOf, unpack, unpackedName } from "./unpack.ts";

/** Largest member that is held in memory, for formats that jump about in their file. */
const MAX_HELD_BYTES = 128_000_000;

/** Depth 1 is for the members of a file on disk; each file has its own. */
export function membersAt(depth: number, left: Members["left"] = newAllowance()): Members {
  return {
    depth,
    left,
    async *read(member, options) {
      const parts = member.bytes()[Symbol.asyncIterator]();
      try {
        yield* readMember(member, await headOf(parts), parts, { ...options, members: membersAt(depth + 1, left) });
      } finally {
        await parts.return?.();
      }
    },
  };
}

type Parts = AsyncIterator<Uint8Array>;

async function* readMember(
  member: Member,
  head: Uint8Array,
  parts: Parts,
  options: ReadOptions,
): AsyncGenerator<Read, void, undefined> {
  const packing = packingOf(head, member.name);
  if (packing) {
    const left = options.members!.left;
    const inner = counted(unpack(rejoined(head, parts), packing), left, member.size);
    const name = unpackedName(member.name, packing);
    const unpacked = inner[Symbol.asyncIterator]();
    yield* readPlain({ ...member, name }, await headOf(unpacked), unpacked, options);
  } else {
    yield* readPlain(member, head, parts, options);
  }
}

async function* readPlain(
  member: Member,
  head: Uint8Array,
  parts: Parts,
  options: ReadOptions,
): AsyncGenerator<Read, void, undefined> {
  const detected = detectFormat(head, member.name, options.statements ?? false);
  if ("skip" in detected) {
    const hint = conversionOf(detected.skip, member.name);
    if (hint === undefined) return;
    const reason = `no format reads it: ${detected.skip}`;
    yield { reject: { uri: member.uri, code: "unsupported-format", reason, hint } };
    return;
  }
  const format = await formats.load(detected.format);
  const input = format.binary
    ? await heldInput(member, head, rejoined(head, parts))
    : streamedInput(member, head, rejoined(head, parts));
  try {
    yield* format.read(input, options);
  } catch (error) {
    if (error instanceof MdpError) throw error;
    yield { reject: rejectOf(member.uri, error) };
  }
}

function streamedInput(
  { uri, name, path, size }: Member,
  head: Uint8Array,
  parts: AsyncIterable<Uint8Array>,
): FormatInput {
  return {
    uri,
    name,
    path,
    size,
    fileSize: size,
    head,
    bytes: () => parts,
    slice: () => Promise.reject(new Error("a format that reads in pieces is read in memory")),
  };
}

async function heldInput(
  { uri, name, path }: Member,
  head: Uint8Array,
  parts: AsyncIterable<Uint8Array>,
): Promise<FormatInput> {
  const held: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    size += part.length;
    if (size > MAX_HELD_BYTES) throw tooLarge(size, MAX_HELD_BYTES);
    held.push(part.slice());
  }
  const bytes = Buffer.concat(held, size);
  return {
    uri,
    name,
    path,
    size,
    fileSize: size,
    head,
    async *bytes() {
      yield bytes;
    },
    slice: async (start, end) => Uint8Array.from(bytes.subarray(Math.max(0, start), Math.max(0, end))),
  };
}

async function headOf(parts: Parts): Promise<Uint8Array> {
  const held: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const { done, value } = await parts.next();
    if (done) break;
    held.push(value.slice());
    length += value.length;
  }
  return Buffer.concat(held, length);
}

/** All bytes: those that were looked at, then the rest. */
async function* rejoined(head: Uint8Array, parts: Parts): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head;
  for (let next = await parts.next(); !next.done; next = await parts.next()) yield next.value;
}

async function* counted(
  parts: AsyncIterable<Uint8Array>,
  left: Members["left"],
  packed: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const part of parts) {
    total += part.length;
    countBytes(left, part.length, total, packed);
    yield part;
  }
}
