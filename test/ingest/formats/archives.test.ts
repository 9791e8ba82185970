/** Archives and mail: members under stable names, read by their own formats; hostile ones refused by name. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openReaderPool, type ReaderPool } from "../../../src/ingest/read.ts";
import { readFile } from "../../support/read.ts";
import { type ZipPart, zipOf } from "../../support/zip.ts";

setDefaultTimeout(300_000);

let dir = "";
let pool: ReaderPool;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-archives-"));
  pool = openReaderPool({ concurrency: 1, readTimeoutMs: 20_000, readMemoryBytes: 1_500_000_000 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

async function read(name: string, bytes: Uint8Array | string, settings = {}) {
  await writeFile(join(dir, name), bytes);
  return readFile(join(dir, name), settings, { pool, named: true });
}
const readZip = (...parts: ZipPart[]) => read("a.zip", zipOf(parts));
const uris = ({ documents }: { documents: { uri: string }[] }) => documents.map(({ uri }) => uri);

describe("a zip archive", () => {
  test("names its members by their paths, percent-encoded, never outside itself, each once", async () => {
    const names = ["a#b/c d.txt", "/root.txt", "../../up.txt", "C:\\win\\x.txt", "twice.txt", "twice.txt"];
    const result = await readZip(...names.map((name, i) => ({ name, content: `Text ${i}.` })));
    expect(result.rejects).toEqual([]);
    expect(uris(result)).toEqual([
      "a.zip#a%23b/c%20d.txt",
      "a.zip#root.txt",
      "a.zip#up.txt",
      "a.zip#win/x.txt",
      "a.zip#twice.txt",
      "a.zip#twice.txt&member=6",
    ]);
  });

  test("tells of each document the path that leads to it", async () => {
    const inner = zipOf([{ name: "d/b.txt", content: "Inner." }]);
    const { documents } = await readZip({ name: "a.txt", content: "Outer." }, { name: "x/in.zip", content: inner });
    expect(documents.map(({ metadata }) => metadata.member)).toEqual(["a.txt", "x/in.zip#d/b.txt"]);
  });

  test("keeps the ids of rows in its members", async () => {
    const result = await readZip({ name: "rows.csv", content: "id,text\nx,The first row\ny,The second row\n" });
    expect(uris(result)).toEqual(["a.zip#rows.csv#id=x", "a.zip#rows.csv#id=y"]);
  });

  test("leaves out what a folder would not show: hidden files, folders, pictures", async () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
    const result = await readZip(
      { name: "d/", content: "" },
      { name: "__MACOSX/d/._a.txt", content: "x" },
      { name: "d/.git/config", content: "x" },
      { name: "d/a.png", content: png },
      { name: "d/a.txt", content: "Seen." },
    );
    expect(result.rejects).toEqual([]);
    expect(uris(result)).toEqual(["a.zip#d/a.txt"]);
  });

  test("refuses an encrypted member and an unknown method by number and path, and reads the others", async () => {
    const result = await readZip(
      { name: "secret.txt", content: "x", flags: 1 },
      { name: "odd.txt", content: "x", method: 14 },
      { name: "rows.jsonl", content: '{"text":"Fine, this row"}\n{"text":\n' },
      { name: "fine.txt", content: "Fine." },
    );
    expect(uris(result)).toEqual(["a.zip#rows.jsonl#row=1", "a.zip#fine.txt"]);
    expect(result.rejects).toMatchObject([
      { uri: "a.zip", row: 1, code: "archive-encrypted", reason: "secret.txt: it needs a password" },
      {
        uri: "a.zip",
        row: 2,
        code: "archive-method",
        reason: expect.stringContaining("odd.txt: it is packed by method 14"),
      },
      { uri: "a.zip", row: 3, code: "row-not-json", reason: expect.stringContaining("rows.jsonl: row 2: ") },
    ]);
  });

  test("is refused when a member unfolds to hundreds of times its size, whatever the directory claims", async () => {
    const zeros = Buffer.alloc(40_000_000, 32);
    const lying = await readZip({ name: "a.jsonl", content: zeros, claims: 100 }, { name: "b.txt", content: "x" });
    expect(lying.documents).toEqual([]);
    expect(lying.rejects).toMatchObject([{ uri: "a.zip", code: "archive-bomb" }]);
    const honest = await readZip({ name: "a.jsonl", content: zeros });
    expect(honest.rejects).toMatchObject([{ code: "archive-bomb", reason: expect.stringContaining("300 times") }]);
  });

  test("that is nested is read three deep, and no deeper", async () => {
    let inner = zipOf([{ name: "0.txt", content: "The innermost." }]);
    for (let depth = 1; depth <= 2; depth++) inner = zipOf([{ name: `${depth}.zip`, content: inner }]);
    expect(uris(await read("a.zip", inner))).toEqual(["a.zip#2.zip#1.zip#0.txt"]);
    const deeper = await read("a.zip", zipOf([{ name: "3.zip", content: inner }]));
    expect(deeper.documents).toEqual([]);
    expect(deeper.rejects).toMatchObject([
      { uri: "a.zip", code: "archive-depth", reason: expect.stringContaining("3.zip: 2.zip: 1.zip: ") },
    ]);
  });

  test("that was cut says so, as does one whose sums differ", async () => {
    const whole = zipOf([{ name: "a.txt", content: "Some text that is long enough to be cut." }]);
    expect((await read("a.zip", whole.subarray(0, -30))).rejects).toMatchObject([{ code: "archive-damaged" }]);
    const wrong = zipOf([{ name: "a.txt", content: "Some text.", method: 0 }]);
    wrong.write("Xome", 35);
    const result = await read("a.zip", wrong);
    expect(result.documents).toEqual([]);
    expect(result.rejects).toMatchObject([{ row: 1, code: "archive-damaged" }]);
  });

  test("may follow a program that unpacks it, and may hold compressed files", async () => {
    const zip = zipOf([{ name: "log.txt.gz", content: gzipSync("A compressed line.") }]);
    const result = await read("a.zip", Buffer.concat([zip.subarray(0, 4), Buffer.from("stub"), zip]));
    expect(result.documents).toMatchObject([{ uri: "a.zip#log.txt.gz", text: "A compressed line." }]);
  });
});

describe("a tar archive", () => {
  const header = (name: string, size: number, type = "0") => {
    const block = Buffer.alloc(512);
    block.write(name, 0);
    block.write("0000644\0", 100);
    block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
    block.write("        ", 148);
    block.write(type, 156);
    block.write("ustar\x0000", 257);
    block.write(
      `${block
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
    );
    return block;
  };
  const file = (name: string, text: string, type = "0") =>
    Buffer.concat([
      header(name, Buffer.byteLength(text), type),
      Buffer.from(text),
      Buffer.alloc(512 - (Buffer.byteLength(text) % 512)),
    ]);

  test("is read past members that are left unread, with GNU's long names", async () => {
    const long = `d/${"n".repeat(150)}.txt`;
    const tar = Buffer.concat([
      file("big.txt", "x".repeat(2_000)),
      file("././@LongLink", `${long}\0`, "L"),
      file("cut", "Long name."),
    ]);
    const result = await read("a.tar", tar, { maxDocumentBytes: 1_000 });
    expect(result.documents).toMatchObject([{ uri: `a.tar#${long}`, text: "Long name." }]);
    expect(result.rejects).toMatchObject([
      { row: 1, code: "document-too-large", reason: expect.stringContaining("big.txt: ") },
    ]);
  });

  test("that ends within a member gives the ones before it, and says so", async () => {
    const tar = Buffer.concat([file("a.txt", "Whole."), header("b.txt", 5_000), Buffer.from("half")]);
    const result = await read("a.tar", tar);
    expect(uris(result)).toEqual(["a.tar#a.txt"]);
    expect(result.rejects).toMatchObject([
      { code: "archive-damaged", reason: expect.stringContaining("ends within a file") },
    ]);
  });

  test("is refused when it is compressed hundreds of times", async () => {
    const bomb = gzipSync(Buffer.concat([header("a.jsonl", 40_000_000), Buffer.alloc(40_000_000, 32)]));
    expect((await read("a.tgz", bomb)).rejects).toMatchObject([{ uri: "a.tgz", code: "archive-bomb" }]);
  });
});

describe("mail", () => {
  const head =
    "From: Ann <ann@x.example>\nTo: b@x.example\nSubject: =?utf-8?q?Caf=C3=A9?=\nDate: Tue, 05 Mar 2024 09:30:00 +0100\n";

  test("gives its headers as metadata and its plain text before its page", async () => {
    const parts =
      "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nPlain words.\n--b\nContent-Type: text/html\n\n<p>Rich words.</p>\n--b--\n";
    const { documents } = await read("a.eml", head + parts);
    expect(documents).toMatchObject([
      {
        title: "Café",
        text: "# Café\n\nPlain words.",
        metadata: { from: "Ann <ann@x.example>", to: ["b@x.example"], date: "2024-03-05T08:30:00.000Z" },
      },
    ]);
  });

  test("reads attached archives, and names those that it cannot read", async () => {
    const zip = zipOf([
      { name: "a.txt", content: "In the archive." },
      { name: "b.txt", content: "x", flags: 1 },
    ]);
    const attached = `Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee there.\n--b\nContent-Type: application/zip; name=a.zip\nContent-Disposition: attachment; filename=a.zip\nContent-Transfer-Encoding: base64\n\n${zip.toString("base64")}\n--b--\n`;
    const { documents, rejects } = await read("a.eml", head + attached);
    expect(documents.map(({ uri, text }) => [uri, text])).toEqual([
      ["a.eml", "# Café\n\nSee there.\n\nAttachments: a.zip"],
      ["a.eml#a.zip#a.txt", "In the archive."],
    ]);
    expect(rejects).toMatchObject([
      { uri: "a.eml", code: "archive-encrypted", reason: "a.zip: b.txt: it needs a password" },
    ]);
  });

  test("nested in itself a thousand times comes to an end", async () => {
    let message = `${head}\nThe innermost.\n`;
    for (let i = 0; i < 1_000; i++) message = `Content-Type: message/rfc822\n\n${message}`;
    const { documents, rejects } = await read("a.eml", `${head.trimEnd()}\n${message}`);
    expect(documents.length + rejects.length).toBeGreaterThan(0);
  });

  test("in a mailbox is cut at its separators only, and each message is known by its id", async () => {
    const message = (id: string, text: string) =>
      `From ann@x.example Tue Mar  5 09:30:00 2024\n${head}Message-ID: <${id}@x>\n\n${text}\n\n`;
    const box = message("1", ">From here on.\nFrom the sea") + message("2", "Two.") + message("1", "Again.");
    const { documents, rejects } = await read("a.mbox", box);
    expect(rejects).toEqual([]);
    expect(documents.map(({ uri, text, row }) => [uri, text, row])).toEqual([
      ["a.mbox#id=%3C1%40x%3E", "# Café\n\nFrom here on.\nFrom the sea", 1],
      ["a.mbox#id=%3C2%40x%3E", "# Café\n\nTwo.", 2],
      ["a.mbox#id=%3C1%40x%3E&row=3", "# Café\n\nAgain.", 3],
    ]);
    expect(documents.map(({ segments }) => segments[0]!.line)).toEqual([2, 12, 21]);
    const short = await read("a.mbox", box + message("3", "x".repeat(5_000)), { maxDocumentBytes: 1_000 });
    expect(short.documents).toHaveLength(3);
    expect(short.rejects).toMatchObject([{ row: 4, code: "document-too-large" }]);
  });
});

test("Office files that are protected or too old are refused with what to do, also when nobody named them", async () => {
  const ole = Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), Buffer.alloc(600)]);
  const locked = Buffer.concat([ole, Buffer.from("EncryptedPackage", "utf16le")]);
  await writeFile(join(dir, "old.ppt"), ole);
  const walked = await readFile(join(dir, "old.ppt"), {}, { pool });
  expect(walked.skips).toEqual([]);
  expect(walked.rejects).toMatchObject([
    {
      uri: "old.ppt",
      code: "unsupported-format",
      hint: "convert it first: libreoffice --headless --convert-to pptx old.ppt",
    },
  ]);
  expect((await readZip({ name: "d/new.docx", content: locked })).rejects).toMatchObject([
    { uri: "a.zip", row: 1, code: "unsupported-format", hint: "save new.docx again without a password" },
  ]);
  expect((await read("cut.doc", ole)).rejects).toMatchObject([
    { code: "document-damaged", hint: expect.stringContaining("--convert-to docx cut.doc") },
  ]);
  await writeFile(join(dir, "thumbs.db"), ole);
  expect((await readFile(join(dir, "thumbs.db"), {}, { pool })).skips).toMatchObject([{ detail: "compound file" }]);
});
