/** The removals of files of JSON lines, one JSON object on each line; ids are read from the lines they stand in. */
import { closeSync, readSync } from "node:fs";
import { OutputFile } from "../files/output-file.ts";
import { idIn, memberOf } from "./json-lines.ts";
import { type JsonlFile, openInput } from "./jsonl-pass.ts";
import type { LinePlaces } from "./line-places.ts";

const FLUSH_CHARS = 1 << 20;
const VALUE_BYTES = 256;
const LINE_BYTES = 16 << 10;
const maxRemembered = 10_000;

export class RemovalLog {
  readonly #files: readonly JsonlFile[];
  readonly #idField: string;
  readonly #places: LinePlaces;
  readonly #output: OutputFile;
  /** Ids of partners that were asked for lately. */
  readonly #ids = new Map<number, string>();
  #file: { index: number; fd: number } | undefined;
  #text = "";
  readonly #partners = new Set<number>();

  constructor(path: string, files: readonly JsonlFile[], idField: string, places: LinePlaces) {
    this.#files = files;
    this.#idField = idField;
    this.#places = places;
    this.#output = new OutputFile(path);
  }

  /** Different partners so far. */
  get partners(): number {
    return this.#partners.size;
  }

  /** A document without an id of its own is called after its place: the file and its position there, from 0. */
  add(id: string | undefined, document: number, partner: number): void {
    this.#partners.add(partner);
    const removal = {
      id: id ?? this.#nameOf(document),
      partner: this.idOf(partner),
      score: 1,
      method: "exact",
    };
    this.#text += `${JSON.stringify(removal)}\n`;
    if (this.#text.length > FLUSH_CHARS) this.#flush();
  }

  /** Writes the rest; the file is then to be published with the outputs. */
  close(): OutputFile {
    this.#flush();
    this.#closeFile();
    this.#output.close();
    return this.#output;
  }

  discard(): void {
    this.#closeFile();
    this.#output.discard();
  }

  #flush(): void {
    this.#output.write(Buffer.from(this.#text));
    this.#text = "";
  }

  #nameOf(document: number): string {
    const { file, position } = this.#places.of(document);
    return `${this.#files[file]!.input}#${position}`;
  }

  /** The id that a document's line gives, or its name after its place. */
  idOf(document: number): string {
    const known = this.#ids.get(document);
    if (known !== undefined) return known;
    const { file, idOffset, lineOffset } = this.#places.of(document);
    let id: string | undefined;
    if (idOffset !== undefined) id = idIn(this.#read(file, idOffset, VALUE_BYTES, valueEnd));
    else if (lineOffset !== undefined) id = memberOf(this.#read(file, lineOffset, LINE_BYTES, lineEnd), this.#idField);
    id ??= this.#nameOf(document);
    if (this.#ids.size >= maxRemembered) this.#ids.clear();
    this.#ids.set(document, id);
    return id;
  }

  /** What stands at an offset, up to the end that `endOf` finds (-1: not yet), in steps that grow. */
  #read(index: number, offset: number, step: number, endOf: (bytes: Buffer) => number): string {
    if (this.#file?.index !== index) {
      this.#closeFile();
      this.#file = { index, fd: openInput(this.#files[index]!.input) };
    }
    for (let size = step; ; size *= 4) {
      const bytes = Buffer.allocUnsafe(size);
      const read = readSync(this.#file!.fd, bytes, 0, size, offset);
      const end = endOf(bytes.subarray(0, read));
      if (end >= 0 || read < size) return bytes.toString("utf8", 0, end >= 0 ? end : read);
    }
  }

  #closeFile(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
  }
}

function lineEnd(bytes: Buffer): number {
  return bytes.indexOf(10);
}

/** Past a JSON string, or before what follows another value. */
function valueEnd(bytes: Buffer): number {
  if (bytes[0] !== 0x22) return bytes.findIndex((byte) => byte === 0x2c || byte === 0x7d || byte <= 0x20);
  for (let at = 1; at < bytes.length; at++) {
    if (bytes[at] === 0x5c) at++;
    else if (bytes[at] === 0x22) return at + 1;
  }
  return -1;
}
