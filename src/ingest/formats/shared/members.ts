/** Files within files: what a container's format needs to hand its members on to their own formats. */
import type { Document, Read } from "../../../core/document.ts";
import { MdpError } from "../../../core/errors.ts";
import type { FormatInput, Member, Members, ReadOptions } from "../format.ts";
import { SeenKeys } from "./seen-keys.ts";
import { countMember, endsArchive, MAX_DEPTH } from "./unpack-limits.ts";

/** The reader of members for a container. @throws MdpError when containers are nested too deep */
export function membersOf(options: ReadOptions): Members {
  const { members } = options;
  if (!members) throw new Error("containers are read in a reader process");
  if (members.depth > MAX_DEPTH) {
    throw new MdpError({
      code: "archive-depth",
      message: `archives are nested deeper than ${MAX_DEPTH}`,
      hint: "unpack the outer ones",
    });
  }
  return members;
}

/** A path inside an archive without steps up, drive letters and empty names; empty when nothing is left. */
export function memberPath(name: string): string {
  const parts = name
    .replaceAll("\\", "/")
    .replace(/^[a-z]:/i, "")
    .split("/");
  return parts.filter((part) => part !== "" && part !== "." && part !== "..").join("/");
}

/** Members that a folder of files would not show either: hidden ones, and what a Mac adds. */
export function isHidden(path: string): boolean {
  return path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
}

/** The document with the path of the member that it is of, which leads through archives within archives. */
function within(path: string, document: Document): Read {
  const inner = document.metadata.member;
  const member = typeof inner === "string" ? `${path}#${inner}` : path;
  return { document: { ...document, metadata: { ...document.metadata, member } } };
}

/** Reads members one after the other; each failure is a reject of its own, by the member's number and path. */
export class MemberReads {
  readonly #input: FormatInput;
  readonly #options: ReadOptions;
  readonly #members: Members;
  readonly #seen = new SeenKeys();
  #number = 0;

  constructor(input: FormatInput, options: ReadOptions) {
    this.#input = input;
    this.#options = options;
    this.#members = membersOf(options);
  }

  get left(): Members["left"] {
    return this.#members.left;
  }

  async *read(member: Omit<Member, "uri" | "path">): AsyncGenerator<Read, void, undefined> {
    countMember(this.#members.left);
    const number = ++this.#number;
    const path = memberPath(member.name) || `member-${number}`;
    const anchor = path.split("/").map(encodeURIComponent).join("/");
    const uri = `${this.#input.uri}#${anchor}${this.#seen.add(path) ? "" : `&member=${number}`}`;
    try {
      const inner = { ...member, uri, name: path.split("/").at(-1)!, path: this.#input.path };
      for await (const read of this.#members.read(inner, this.#options)) {
        yield "reject" in read ? { reject: this.#refuse(number, path, read.reject) } : within(path, read.document);
      }
    } catch (error) {
      if (endsArchive(error) || !(error instanceof MdpError)) throw error;
      const { code, message: reason, hint } = error;
      yield { reject: this.#refuse(number, path, { code, reason, hint }) };
    }
  }

  #refuse(
    number: number,
    path: string,
    reject: { code: string; reason: string; hint?: string | undefined; row?: number | undefined },
  ) {
    const row = reject.row === undefined ? "" : `row ${reject.row}: `;
    const reason = `${path.slice(0, 300).toWellFormed()}: ${row}${reject.reason}`;
    // Only the file itself counts its members; further in, their paths tell which they are.
    return { ...reject, uri: this.#input.uri, row: this.#members.depth === 1 ? number : undefined, reason };
  }
}
