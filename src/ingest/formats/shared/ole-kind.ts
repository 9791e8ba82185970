/** Which document of the old Office a compound file is, by the names of its streams. See MS-CFB. */

const name = (text: string) => Buffer.from(text, "utf16le");
const STREAMS = [
  ["encrypted", name("EncryptedPackage")],
  ["doc", name("WordDocument")],
  ["xls", name("Workbook")],
  ["ppt", name("PowerPoint Document")],
  ["msg", name("__substg1.0_")],
] as const;

/** By what the head shows of the directory, then by the extension; undefined for compound files of other programs. */
export function oleKind(head: Uint8Array, extension: string): "doc" | "encrypted" | "msg" | "ppt" | "xls" | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const found = STREAMS.find(([, stream]) => bytes.includes(stream));
  if (found) return found[0];
  if (/^(doc|dot)$/.test(extension)) return "doc";
  if (/^(xls|xlt)$/.test(extension)) return "xls";
  if (/^(ppt|pps|pot)$/.test(extension)) return "ppt";
  if (extension === "msg") return "msg";
  return /^(doc|dot|xls|xlt|ppt|pot|pps)[xm]$/.test(extension) ? "encrypted" : undefined;
}
