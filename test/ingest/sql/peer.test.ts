/** Fingerprints, tables and columns beside those of libpg_query (the parser of PostgreSQL itself). */
import { beforeAll, describe, expect, test } from "bun:test";
import { shapes } from "../../../bench/sql/shapes.ts";
import { type Shape, StatementReader } from "../../../src/ingest/sql/statement.ts";
import { python } from "../../support/peers.ts";
import { corpus } from "./corpus.ts";

interface Peer {
  fingerprint: string;
  tables: string[];
  columns: string[];
}

const drawn = [3, 71, 905].map((number) => shapes().map((shape) => shape.replace(/:[abc]/g, String(number))));
const statements = [...corpus.flat(), ...drawn.flat()];

/** libpg_query takes these for the same; here the reader sees the difference. */
const FINER = [
  ["SELECT a FROM t WHERE b = ?", "SELECT a FROM t WHERE b IN (?)", "SELECT a FROM t WHERE b = ANY (?)"],
  ["SELECT a FROM t WHERE b NOT IN (?)", "SELECT a FROM t WHERE b <> ?"],
  ["SELECT a FROM t UNION SELECT b FROM u", "(SELECT a FROM t) UNION (SELECT b FROM u)"],
];

let ours: Shape[];
let peers: Peer[];

beforeAll(async () => {
  const reader = new StatementReader("postgres");
  ours = statements.map((statement) => reader.read(statement)!);
  const lines = await python("test/parity/sql_peer.py", [], JSON.stringify(statements));
  peers = lines.map((line) => JSON.parse(line) as Peer);
});

function groupsOf(keys: readonly string[], values: readonly string[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const [i, key] of keys.entries()) {
    const group = groups.get(key) ?? new Set();
    group.add(values[i]!);
    groups.set(key, group);
  }
  return groups;
}

describe("beside libpg_query", () => {
  test("the peer parses every statement of the corpus", () => {
    expect(peers).toHaveLength(statements.length);
    expect(peers.filter((peer) => "error" in peer)).toEqual([]);
  });

  test("statements of one fingerprint are one group of libpg_query's", () => {
    const groups = groupsOf(
      ours.map((shape) => shape.fingerprint),
      peers.map((peer) => peer.fingerprint),
    );
    expect([...groups.values()].filter((group) => group.size > 1)).toEqual([]);
  });

  test("a group of libpg_query's is one fingerprint, but for the differences that are listed", () => {
    const groups = groupsOf(
      peers.map((peer) => peer.fingerprint),
      ours.map((shape) => shape.normalised),
    );
    const finer = [...groups.values()].filter((group) => group.size > 1).map((group) => [...group]);
    expect(finer).toEqual(FINER);
  });

  test("tables are equal", () => {
    expect(ours.map((shape) => shape.tables)).toEqual(peers.map((peer) => peer.tables));
  });

  test("columns are equal, but for those of an index's expressions", () => {
    const differing = statements.filter((_, i) => ours[i]!.columns.join() !== peers[i]!.columns.join());
    expect(differing).toEqual(["CREATE INDEX i ON t USING btree (a, lower(b))"]);
  });
});
