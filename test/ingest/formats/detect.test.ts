/** The kind of a file: content first, then its name. */
import { describe, expect, test } from "bun:test";
import { detectFormat } from "../../../src/ingest/formats/index.ts";
import { conversionOf } from "../../../src/ingest/formats/shared/signatures.ts";

const bytes = (content: string | number[]) =>
  typeof content === "string" ? Buffer.from(content) : Buffer.from(content);
const kind = (content: string | number[], name: string) => detectFormat(bytes(content), name);

const OLE = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

describe("content decides", () => {
  test("a PDF is a PDF whatever its name, and text named .pdf is text", () => {
    expect(kind("%PDF-1.7\n", "a.txt")).toEqual({ format: "pdf" });
    expect(kind("%PDF-1.7\n", "a")).toEqual({ format: "pdf" });
    expect(kind("junk\n%PDF-1.7\n", "a.pdf")).toEqual({ format: "pdf" });
    expect(kind("plain text", "a.pdf")).toEqual({ format: "text" });
    expect(kind("About the mark %PDF-1.7 in files", "a.txt")).toEqual({ format: "text" });
  });

  test("a PDF that lost its beginning is still for the PDF reader, which says what is wrong", () => {
    expect(kind([1, 2, 3, 0, 0, 0, 1, 2, 3, 0], "a.pdf")).toEqual({ format: "pdf" });
  });

  test("a Parquet file is one whatever its name, encrypted or not, and text that speaks of the mark is text", () => {
    expect(kind([...Buffer.from("PAR1"), 0x15, 0x04, 0x15, 0x00], "a")).toEqual({ format: "parquet" });
    expect(kind([...Buffer.from("PARE"), 0x15, 0x04, 0x15, 0x00], "a.txt")).toEqual({ format: "parquet" });
    expect(kind([0, 1, 2, 3, 0, 0, 0, 0], "a.parquet")).toEqual({ format: "parquet" });
    expect(kind("PAR1 is its mark\n", "a.txt")).toEqual({ format: "text" });
    expect(kind("plain text", "a.pq")).toEqual({ format: "text" });
  });

  test("HTML and XML are known by their first tag", () => {
    expect(kind("  <!DOCTYPE HTML>\n<p>x", "page")).toEqual({ format: "html" });
    expect(kind("<html lang=en>", "a.txt")).toEqual({ format: "html" });
    expect(kind("<?xml version='1.0'?><a/>", "a.txt")).toEqual({ format: "xml" });
    expect(kind("<?xml version='1.0'?><html xmlns='x'>", "a.xml")).toEqual({ format: "html" });
  });

  test("JSON and JSON lines are told apart by their lines", () => {
    expect(kind('{"a":1}\n{"a":2}\n', "a.json")).toEqual({ format: "jsonl" });
    expect(kind('[{"a":1}]', "a.jsonl")).toEqual({ format: "json" });
    expect(kind('{"a":1}', "data")).toEqual({ format: "json" });
    expect(kind('{"a":1}\n{"a":2}\n', "data")).toEqual({ format: "jsonl" });
    expect(kind('{\n"a":1\n}', "a.jsonl")).toEqual({ format: "jsonl" });
    expect(kind("[1] A reference\n[2] Another", "refs")).toEqual({ format: "text" });
  });

  test("known binary files are skipped by kind, whatever their name", () => {
    expect(kind([0x89, 0x50, 0x4e, 0x47, 13, 10], "a.txt")).toEqual({ skip: "PNG image" });
    expect(kind([0x50, 0x4b, 3, 4], "a.jar")).toEqual({ skip: "Java archive" });
    expect(kind([0x1f, 0x8b, 8], "a.md")).toEqual({ skip: "gzip archive" });
  });

  test("zip archives are documents by their first members, then by their name", () => {
    const member = (name: string, content = "") => {
      const header = Buffer.alloc(30);
      header.writeUInt32LE(0x0403_4b50, 0);
      header.writeUInt16LE(name.length, 26);
      return [...header, ...Buffer.from(name + content)];
    };
    expect(kind([0x50, 0x4b, 3, 4], "a.bin")).toEqual({ format: "zip" });
    expect(kind([0x50, 0x4b, 3, 4], "a.docx")).toEqual({ format: "docx" });
    const types = member("[Content_Types].xml");
    expect(kind([...types, ...member("word/document.xml")], "a.zip")).toEqual({ format: "docx" });
    expect(kind([...types, ...member("xl/workbook.xml")], "a.docx")).toEqual({ format: "xlsx" });
    expect(kind([...member("notes.txt"), ...member("word/document.xml")], "a.zip")).toEqual({ format: "zip" });
    expect(kind(member("mimetype", "application/epub+zip"), "a")).toEqual({ format: "epub" });
    const sheet = "application/vnd.oasis.opendocument.spreadsheet";
    expect(kind(member("mimetype", sheet), "a.odt")).toEqual({ format: "ods" });
    expect(kind("Plain words.", "a.docx")).toEqual({ format: "text" });
  });

  test("a compound file is known by its streams, then by its name, and what to do with others is said by its name", () => {
    const stream = (name: string) => [...OLE, ...Buffer.from(name, "utf16le")];
    expect(kind(OLE, "a.doc")).toEqual({ format: "doc" });
    expect(kind(stream("Workbook"), "a.doc")).toEqual({ format: "xls" });
    expect(kind(stream("WordDocument"), "a")).toEqual({ format: "doc" });
    expect(kind(stream("EncryptedPackage"), "a.docx")).toEqual({ skip: expect.stringContaining("by a password") });
    expect(kind(OLE, "a.msi")).toEqual({ skip: "compound file" });
    expect(conversionOf("old PowerPoint document", "a b.ppt")).toContain("--convert-to pptx 'a b.ppt'");
    expect(conversionOf("PNG image", "a.png")).toBeUndefined();
  });

  test("documents of markup that is nobody's text are left alone, and what converts those of a writer is said", () => {
    expect(kind("{\\rtf1\\ansi Hello}", "a.doc")).toEqual({ skip: "Rich Text document" });
    expect(kind("{\\rtf is a mark", "a.txt")).toEqual({ format: "text" });
    expect(conversionOf("Rich Text document", "a.rtf")).toContain("--convert-to docx a.rtf");
    expect(kind("%!PS-Adobe-3.0\n%%Title: x\n", "a.ps")).toEqual({ skip: "PostScript document" });
    expect(conversionOf("PostScript document", "a.ps")).toBeUndefined();
  });

  test("mail without a name is known by its first headers, mailboxes by the line before them", () => {
    const headers = "Received: from a\nFrom: a@b\nDate: Tue, 5 Mar 2024 09:30:00 +0000\n\nText";
    expect(kind(headers, "cur-1")).toEqual({ format: "eml" });
    expect(kind(`From a@b Tue Mar  5 09:30:00 2024\n${headers}`, "inbox")).toEqual({ format: "mbox" });
    expect(kind("Received: a parcel.\nFrom: Ann\n", "note")).toEqual({ format: "text" });
    expect(kind("From here to there in 2024\nit is far", "note")).toEqual({ format: "text" });
  });

  test("NULs make an unnamed file binary, and are borne in a file named as text", () => {
    expect(kind("some text\0 here and there, long enough", "data")).toEqual({ skip: "binary content" });
    expect(kind("some text\0 here and there, long enough", "a.txt")).toEqual({ format: "text" });
    expect(kind([1, 2, 0, 0, 0, 3, 0, 7, 5, 1], "a.txt")).toEqual({ skip: "binary content" });
  });

  test("UTF-16 with and without a mark is text", () => {
    expect(kind([...Buffer.from("\ufeffhello", "utf16le")], "a")).toEqual({ format: "text" });
    expect(kind([...Buffer.from("hello world", "utf16le")], "a")).toEqual({ format: "text" });
    expect(kind([...Buffer.from('{"a":1}', "utf16le")], "a")).toEqual({ format: "json" });
  });
});

describe("the name decides", () => {
  test("for text formats that may begin like another", () => {
    expect(kind("<html>", "a.md")).toEqual({ format: "markdown" });
    expect(kind("<!doctype html>", "a.php")).toEqual({ format: "code" });
    expect(kind("x", "CMakeLists.txt")).toEqual({ format: "code" });
    expect(kind("x", "Dockerfile")).toEqual({ format: "code" });
    expect(kind("x", "README")).toEqual({ format: "text" });
    expect(kind("a,b\n", "a.CSV")).toEqual({ format: "csv" });
    expect(kind("", "a.html")).toEqual({ format: "html" });
  });

  test("and a first line with an interpreter makes a nameless script code", () => {
    expect(kind("#!/usr/bin/env -S python3 -u\n", "run")).toEqual({ format: "code" });
    expect(kind("#!/bin/sh\n", "run")).toEqual({ format: "code" });
    expect(kind("#! a shebang-like line of prose", "note")).toEqual({ format: "text" });
  });
});
