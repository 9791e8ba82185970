/** Files of questions with their right answers: JSON Lines, TSV, or a BEIR folder. */
import { statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../../core/errors.ts";

/** One right answer: a file, a stretch of its lines, the passage with a quotation, or a row known by its id. */
export interface Answer {
  /** As hits show it; "" for a row. */
  path: string;
  /** 1-based and inclusive. */
  lines?: [number, number] | undefined;
  /** Words of the passage, for files whose lines may move. */
  quote?: string | undefined;
  /** Id of a row, in a collection of rows. */
  row?: string | undefined;
  /** 1 is relevant, more is better. */
  grade: number;
}

export interface Question {
  id: string;
  query: string;
  /** Questions of a kind are also reported on their own. */
  kind: string;
  answers: Answer[];
}

const grade = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1);
const AnswerLine = v.union([
  v.pipe(v.string(), v.nonEmpty(), v.transform(parsePlace)),
  v.strictObject({
    path: v.pipe(v.string(), v.nonEmpty()),
    lines: v.optional(v.tuple([v.pipe(v.number(), v.integer(), v.minValue(1)), v.pipe(v.number(), v.integer())])),
    quote: v.optional(v.pipe(v.string(), v.nonEmpty())),
    grade,
  }),
]);
const QuestionLine = v.looseObject({
  id: v.optional(v.union([v.string(), v.number()])),
  query: v.pipe(v.string(), v.trim(), v.nonEmpty("a query must not be empty")),
  kind: v.optional(v.string(), ""),
  relevant: v.pipe(v.array(AnswerLine), v.minLength(1, "a question needs at least one relevant answer")),
});

/** `docs/a.md`, `docs/a.md:12` or `docs/a.md:12-20`. */
function parsePlace(place: string): Answer {
  const [, path, first, last] = /^(.*?)(?::(\d+)(?:-(\d+))?)?$/s.exec(place)!;
  const lines: [number, number] | undefined = first ? [Number(first), Number(last ?? first)] : undefined;
  return { path: path!, lines, grade: 1 };
}

/**
 * Reads the questions of a file by its ending (`.jsonl`, `.tsv`), or of a BEIR folder (`queries.jsonl` and
 * `qrels/<split>.tsv`; its documents are rows known by their id).
 *
 * JSON Lines: `{"query", "relevant": ["docs/a.md:12-20", {"path", "lines", "quote", "grade"}], "id", "kind"}`.
 * TSV: query, place, and optionally grade; lines with the same query belong together, and a first line may name the fields.
 *
 * @throws MdpError that names the file and line
 */
export async function readQuestions(path: string, split = "test"): Promise<Question[]> {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file) throw unreadable(path, "there is no such file", "a .jsonl or .tsv file, or a BEIR folder");
  const questions = file.isDirectory()
    ? await readBeir(path, split)
    : path.endsWith(".tsv")
      ? readTsv(path, await Bun.file(path).text())
      : readJsonl(path, await Bun.file(path).text());
  if (questions.length === 0) throw unreadable(path, "there is no question in it", "one question per line");
  return questions;
}

function readJsonl(path: string, text: string): Question[] {
  return parseLines(path, text, QuestionLine).map(({ value, line }) => ({
    id: String(value.id ?? line),
    query: value.query,
    kind: value.kind,
    answers: value.relevant,
  }));
}

function readTsv(path: string, text: string): Question[] {
  const questions = new Map<string, Question>();
  for (const { cells, line } of rowsOf(text)) {
    const [query = "", place = "", given = "1"] = cells;
    if (line === 1 && /^(?:query|question)$/i.test(query) && /^(?:place|path|file|answer|relevant)$/i.test(place))
      continue;
    if (query === "" || place === "" || !/^\d+$/.test(given)) {
      throw unreadable(`${path}:${line}`, "a line is a query, a tab and a place", "then, if wanted, a tab and a grade");
    }
    const question = questions.get(query) ?? { id: String(questions.size + 1), query, kind: "", answers: [] };
    question.answers.push({ ...parsePlace(place), grade: Number(given) });
    questions.set(query, question);
  }
  return [...questions.values()].filter(({ answers }) => answers.some((answer) => answer.grade > 0));
}

const BeirQuery = v.looseObject({ _id: v.union([v.string(), v.number()]), text: v.string() });

async function readBeir(dir: string, split: string): Promise<Question[]> {
  const queriesPath = join(dir, "queries.jsonl");
  const qrelsPath = join(dir, "qrels", `${split}.tsv`);
  for (const path of [queriesPath, qrelsPath]) {
    if (!(await Bun.file(path).exists())) {
      throw unreadable(path, "the folder lacks this file of a BEIR collection", "see --split for another split");
    }
  }
  const answers = new Map<string, Answer[]>();
  for (const { cells, line } of rowsOf(await Bun.file(qrelsPath).text())) {
    const [query = "", row = "", given = ""] = cells;
    if (line === 1 && !/^-?\d+$/.test(given)) continue;
    if (query === "" || row === "" || !/^-?\d+$/.test(given)) {
      throw unreadable(`${qrelsPath}:${line}`, "a line is query-id, corpus-id and score", "separated by tabs");
    }
    const list = answers.get(query) ?? [];
    list.push({ path: "", row, grade: Math.max(0, Number(given)) });
    answers.set(query, list);
  }
  return parseLines(queriesPath, await Bun.file(queriesPath).text(), BeirQuery).flatMap(({ value }) => {
    const own = answers.get(String(value._id)) ?? [];
    if (!own.some((answer) => answer.grade > 0)) return [];
    return [{ id: String(value._id), query: value.text, kind: "", answers: own }];
  });
}

function parseLines<T>(path: string, text: string, schema: v.GenericSchema<unknown, T>): { value: T; line: number }[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    if (content.trim() === "") return [];
    const where = `${path}:${index + 1}`;
    let json: unknown;
    try {
      json = JSON.parse(content);
    } catch {
      throw unreadable(where, "the line is not JSON", "one object per line");
    }
    const parsed = v.safeParse(schema, json);
    if (parsed.success) return [{ value: parsed.output, line: index + 1 }];
    const [issue] = parsed.issues;
    throw unreadable(where, `${v.getDotPath(issue) ?? "the line"}: ${issue.message}`, "see mdp eval --help");
  });
}

function rowsOf(text: string): { cells: string[]; line: number }[] {
  return text
    .split(/\r?\n/)
    .flatMap((content, index) => (content.trim() === "" ? [] : [{ cells: content.split("\t"), line: index + 1 }]));
}

function unreadable(where: string, message: string, hint: string): MdpError {
  return new MdpError({ code: "questions", message, where, hint });
}
