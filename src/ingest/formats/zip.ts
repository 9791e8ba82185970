/** Zip archives: each member is read by its own format, as `archive.zip#folder/file`. */
import type { Read } from "../../core/document.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { isHidden, MemberReads, memberPath } from "./shared/members.ts";
import { extensions } from "./shared/names.ts";
import { openZip } from "./shared/zip-archive.ts";

const zip: Format = {
  name: "zip",
  extensions: extensions.zip,
  binary: true,
  rows: true,
  read,
};
export default zip;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const members = new MemberReads(input, options);
  const archive = await openZip(input, members.left);
  for (const entry of archive.entries) {
    if (entry.name.endsWith("/") || isHidden(memberPath(entry.name))) continue;
    yield* members.read({ name: entry.name, size: entry.unpacked, bytes: () => archive.stream(entry) });
  }
}
