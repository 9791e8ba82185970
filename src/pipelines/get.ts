/** `get`: the text of indexed documents, by place or by id. */
import { readFile } from "node:fs/promises";
import type { Settings } from "../config/schema.ts";
import { MdpError } from "../core/errors.ts";
import type { Project } from "../core/project.ts";
import type { ChunkRecord } from "../core/record.ts";
import { decodeText } from "../ingest/formats/shared/decode.ts";
import { State } from "../manifest/state.ts";
import { stitched } from "../search/stitch.ts";
import { type FileNow, fileNow, fileOf } from "./file-now.ts";
import { type Found, MAX_PASSAGES, type Named, Passages } from "./find-passages.ts";

export interface GetRequest {
  project: Project;
  /** `PATH[:FROM[-TO]]`, or a passage's id or its beginning. */
  places: readonly string[];
  cwd: string;
  settings: Settings;
}

/** Text of one document. */
export interface GotText {
  /** As it was asked for. */
  place: string;
  /** Relative to the project folder, or absolute outside it. */
  path: string;
  /** The document: the file's uri, with an anchor for a row or a member of an archive. */
  uri: string;
  engine: string;
  kind: string;
  title: string;
  /** Lines of the source that the text is from. */
  startLine: number;
  endLine: number;
  page: number | null;
  row: number | null;
  /** Ids of the passages that it was put together from. */
  ids: string[];
  /** `file`: the file's own lines, which are unchanged; `index`: what was stored of it. */
  source: "file" | "index";
  file: FileNow;
  text: string;
}

/** Larger files are told from the index. */
const MAX_FILE_BYTES = 64_000_000;

/**
 * The texts of places, in their order; a file of several documents gives one text for each of them.
 *
 * @throws MdpError `not-ingested`, `no-passage`, `id-ambiguous`, `too-many-passages`
 */
export async function* getTexts({ project, places, cwd, settings }: GetRequest): AsyncGenerator<GotText> {
  using state = new State(project.stateDir);
  await using passages = await Passages.open(project, state, settings);
  for (const place of places) {
    const named = await passages.named(place, cwd);
    if (named.id) {
      const { item, record } = named.passage;
      yield gotText(place, [named.passage], record, "index", await fileNow(project, item));
      continue;
    }
    const now = await fileNow(project, named.item);
    const own = now === "same" ? await fromFile(project, place, named, passages) : undefined;
    if (own) yield own;
    else yield* fromIndex(place, named, await passagesOf(place, named, passages), now);
  }
}

type Lines = Extract<Named, { id: false }>;

async function passagesOf(place: string, named: Lines, passages: Passages): Promise<Found[]> {
  const found = await passages.of(named, MAX_PASSAGES + 1);
  if (found.length > MAX_PASSAGES) {
    throw new MdpError({
      code: "too-many-passages",
      message: `the file has more than ${MAX_PASSAGES} passages`,
      where: place,
      hint: `name lines: mdp get ${place}:1-100`,
    });
  }
  return found;
}

/** The file's own lines, where what is stored stands in them as it is: not the text of a PDF, or of rows. */
async function fromFile(
  project: Project,
  place: string,
  named: Lines,
  passages: Passages,
): Promise<GotText | undefined> {
  const { item, member, lines } = named;
  if (member !== undefined || item.documents !== 1 || item.size > MAX_FILE_BYTES) return undefined;
  const near = await passages.of(named, 50);
  const known = near.length > 0 ? near : await passages.of({ ...named, lines: undefined }, 50);
  const [first] = known;
  if (!first || first.record.doc !== item.uri) return undefined;
  const all = decodeText(await readFile(fileOf(project, item.path))).text.split("\n");
  if (all.at(-1) === "") all.pop();
  const stands = ({ record: { startLine, endLine, text } }: Found) =>
    all
      .slice(startLine - 1, endLine)
      .join("\n")
      .includes(text.trimEnd());
  if (!known.every(stands)) return undefined;
  const [from, to] = lines ?? [1, all.length];
  if (from > all.length) throw noLines(place, from, all.length);
  const end = Math.min(to, all.length);
  const text = `${all.slice(from - 1, end).join("\n")}\n`;
  return gotText(place, known, { ...first.record, startLine: from, endLine: end, text }, "file", "same");
}

function* fromIndex(place: string, named: Lines, found: readonly Found[], now: FileNow): Generator<GotText> {
  if (found.length === 0) throw noPassage(place, named);
  for (const part of Map.groupBy(found, ({ record, table }) => `${table.name} ${record.doc}`).values()) {
    const records = part.map(({ record }) => record);
    const whole = stitched(records, named.lines);
    yield gotText(place, part, { ...records[0]!, ...whole }, "index", now);
  }
}

function gotText(
  place: string,
  found: readonly Found[],
  { path, doc, kind, title, startLine, endLine, page, row, text }: ChunkRecord,
  source: GotText["source"],
  file: FileNow,
): GotText {
  const engine = found[0]?.table.engine ?? "";
  const ids = found.map(({ record }) => record.id);
  return { place, path, uri: doc, engine, kind, title, startLine, endLine, page, row, ids, source, file, text };
}

function noLines(place: string, line: number, lines: number): MdpError {
  return new MdpError({
    code: "no-passage",
    message: `there is no line ${line}: the file has ${lines}`,
    where: place,
    hint: "lines count from 1",
  });
}

function noPassage(place: string, { item, lines, member }: Lines): MdpError {
  return new MdpError({
    code: "no-passage",
    message: lines
      ? `no passage stands at line ${lines[0]}`
      : member
        ? `the file has no passages of ${member.slice(1)}`
        : `the file has no passages (${item.outcome})`,
    where: place,
    hint: `mdp why ${item.path} tells what became of the file`,
  });
}
