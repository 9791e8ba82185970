/** Tar archives, compressed or not: each member is read by its own format, as `archive.tar.gz#folder/file`. */
import type { Read } from "../../core/document.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { isHidden, MemberReads, memberPath } from "./shared/members.ts";
import { extensions } from "./shared/names.ts";
import { TarStream } from "./shared/tar-stream.ts";

const tar: Format = {
  name: "tar",
  extensions: extensions.tar,
  binary: true,
  rows: true,
  read,
};
export default tar;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const members = new MemberReads(input, options);
  const stream = new TarStream(input.bytes(), input.fileSize, members.left);
  try {
    for (let entry = await stream.next(); entry; entry = await stream.next()) {
      if (isHidden(memberPath(entry.name))) continue;
      yield* members.read({ name: entry.name, size: entry.size, bytes: () => stream.content() });
    }
  } finally {
    await stream.close();
  }
}
