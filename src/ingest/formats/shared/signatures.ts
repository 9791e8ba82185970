/** Files that no format reads, by their first bytes. */

interface Signature {
  name: string;
  at: number;
  bytes: readonly number[];
}

const ascii = (text: string) => Array.from(text, (char) => char.charCodeAt(0));
const signature = (name: string, bytes: string | readonly number[], at = 0): Signature => ({
  name,
  at,
  bytes: typeof bytes === "string" ? ascii(bytes) : bytes,
});

const RTF = "Rich Text document";

const SIGNATURES: readonly Signature[] = [
  signature("PNG image", [0x89, 0x50, 0x4e, 0x47]),
  signature("JPEG image", [0xff, 0xd8, 0xff]),
  signature("GIF image", "GIF8"),
  signature("TIFF image", [0x49, 0x49, 0x2a, 0x00]),
  signature("TIFF image", [0x4d, 0x4d, 0x00, 0x2a]),
  signature("Photoshop image", "8BPS"),
  signature("WebP image", "WEBP", 8),
  signature("zip archive", [0x50, 0x4b, 0x03, 0x04]),
  signature("zip archive", [0x50, 0x4b, 0x05, 0x06]),
  signature("gzip archive", [0x1f, 0x8b]),
  signature("bzip2 archive", "BZh"),
  signature("xz archive", [0xfd, 0x37, 0x7a, 0x58, 0x5a]),
  signature("zstd archive", [0x28, 0xb5, 0x2f, 0xfd]),
  signature("7z archive", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
  signature("rar archive", [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07]),
  signature("tar archive", "ustar", 257),
  signature("compound file", [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
  signature(RTF, "{\\rtf1"),
  signature("PostScript document", "%!PS-Adobe"),
  signature("SQLite database", "SQLite format 3\0"),
  signature("Arrow file", "ARROW1"),
  signature("ELF executable", [0x7f, 0x45, 0x4c, 0x46]),
  signature("Mach-O executable", [0xcf, 0xfa, 0xed, 0xfe]),
  signature("Mach-O executable", [0xca, 0xfe, 0xba, 0xbe, 0x00, 0x00, 0x00, 0x02]),
  signature("Java class", [0xca, 0xfe, 0xba, 0xbe, 0x00]),
  signature("WebAssembly module", [0x00, 0x61, 0x73, 0x6d]),
  signature("MP3 audio", [0x49, 0x44, 0x33, 0x02]),
  signature("MP3 audio", [0x49, 0x44, 0x33, 0x03]),
  signature("MP3 audio", [0x49, 0x44, 0x33, 0x04]),
  signature("FLAC audio", "fLaC"),
  signature("Ogg media", "OggS\0"),
  signature("RIFF media", "AVI LIST", 8),
  signature("WAVE audio", "WAVEfmt ", 8),
  signature("MP4 media", "ftyp", 4),
  signature("Matroska media", [0x1a, 0x45, 0xdf, 0xa3]),
  signature("WOFF font", "wOFF"),
  signature("WOFF font", "wOF2"),
  signature("font", [0x00, 0x01, 0x00, 0x00, 0x00]),
  signature("font", [0x4f, 0x54, 0x54, 0x4f, 0x00]),
  signature("NumPy array", [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]),
];

/** Zip archives that are packages of programs and data, not documents. */
const PACKAGES: Readonly<Record<string, string>> = {
  aab: "Android package",
  apk: "Android package",
  crx: "browser extension",
  ear: "Java archive",
  ipa: "iOS package",
  jar: "Java archive",
  key: "Keynote document",
  kmz: "map archive",
  npz: "NumPy archive",
  numbers: "Numbers document",
  nupkg: "NuGet package",
  odg: "OpenDocument drawing",
  pages: "Pages document",
  pt: "PyTorch archive",
  pth: "PyTorch archive",
  vsix: "editor extension",
  war: "Java archive",
  whl: "Python package",
  xpi: "browser extension",
};

/** Compound files that no format reads, and what reads them. */
const OLD_OFFICE = {
  encrypted: "Office document that is protected by a password",
  msg: "Outlook message",
  ppt: "old PowerPoint document",
} as const;
/** What the bytes are, when they are a known binary file; `extension` names kinds of archives and of Office files. */
export function binaryKind(head: Uint8Array, extension: string): string | undefined {
  const found = SIGNATURES.find(({ at, bytes }) => bytes.every((byte, i) => head[at + i] === byte));
  if (!found) return undefined;
  if (found.name === "zip archive") return PACKAGES[extension] ?? found.name;
  return found.name;
}

/** What an Office document is that no format reads, by the kind of its compound file. */
export function unreadOffice(kind: keyof typeof OLD_OFFICE): string {
  return OLD_OFFICE[kind];
}

/** What to do with a document of a kind that no format reads; undefined for kinds that hold no text. */
export function conversionOf(kind: string, name: string): string | undefined {
  switch (kind) {
    case OLD_OFFICE.encrypted:
      return `save ${shown(name)} again without a password`;
    case OLD_OFFICE.msg:
      return `convert it first, for example: msgconvert ${shown(name)}`;
    case OLD_OFFICE.ppt:
      return `convert it first: libreoffice --headless --convert-to pptx ${shown(name)}`;
    case RTF:
      return `convert it first: libreoffice --headless --convert-to docx ${shown(name)}`;
    default:
      return undefined;
  }
}

/** As one word of a command line. */
function shown(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

/** Share of bytes that text does not have: control characters besides tab, newlines, form feed, backspace, escape. */
export function controlShare(head: Uint8Array): number {
  let controls = 0;
  for (const byte of head) {
    if (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b) controls++;
  }
  return head.length === 0 ? 0 : controls / head.length;
}
