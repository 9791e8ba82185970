/** The removals of files of JSON lines, one JSON object on each line; ids are read from the lines they stand in. */
import { closeSync, readSync } from "node:fs";
import { memberOf } from "./json-lines.ts";
import { type JsonlFile, openInput } from "./jsonl-pass.ts";
import type { LinePlaces } from "./line-places.ts";
import { OutputFile } from "./output-file.ts";

const FLUSH_CHARS = 1 << 20;
const READ_BYTES = 64 << 10;
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
    const { file, offset } = this.#places.of(document);
    const id = memberOf(this.#lineAt(file, offset), this.#idField) ?? this.#nameOf(document);
    if (this.#ids.size >= maxRemembered) this.#ids.clear();
    this.#ids.set(document, id);
    return id;
  }

  #lineAt(index: number, offset: number): string {
    if (this.#file?.index !== index) {
      this.#closeFile();
      this.#file = { index, fd: openInput(this.#files[index]!.input) };
    }
    let bytes = Buffer.alloc(READ_BYTES);
    let length = 0;
    for (;;) {
      const read = readSync(this.#file!.fd, bytes, length, bytes.length - length, offset + length);
      const end = bytes.subarray(0, length + read).indexOf(10, length);
      length += read;
      if (end >= 0 || read === 0) return bytes.toString("utf8", 0, end >= 0 ? end : length);
      if (length === bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2);
    }
  }

  #closeFile(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
  }
}
