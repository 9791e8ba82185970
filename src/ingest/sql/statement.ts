/** Statements of a log, by fingerprint: each distinct shape is analysed once, however often it was run. */
import { sha256 } from "../../core/hash.ts";
import { type DialectName, dialects } from "./dialect.ts";
import { Normaliser } from "./normalise.ts";
import { ReferenceFinder, type References } from "./references.ts";

export interface Shape extends References {
  /** 16 hex digits over the normalised statement. */
  fingerprint: string;
  normalised: string;
}

/** Shapes that are remembered; a log with more analyses some of them again. */
const MOST_SHAPES = 100_000;

export class StatementReader {
  readonly #normaliser: Normaliser;
  readonly #finder = new ReferenceFinder();
  readonly #shapes = new Map<string, Shape>();

  constructor(dialect: DialectName = "generic") {
    this.#normaliser = new Normaliser(dialects[dialect]);
  }

  /** The shape of a statement; undefined when it holds nothing but comments. */
  read(text: string): Shape | undefined {
    const normalised = this.#normaliser.normalise(text);
    if (normalised === "") return undefined;
    const known = this.#shapes.get(normalised);
    if (known) return known;
    const fingerprint = fingerprintOf(normalised);
    const shape = { fingerprint, normalised, ...this.#finder.find(normalised) };
    if (this.#shapes.size >= MOST_SHAPES) this.#shapes.clear();
    this.#shapes.set(normalised, shape);
    return shape;
  }
}

/** The fingerprint of a normalised statement. */
export function fingerprintOf(normalised: string): string {
  return sha256(normalised).slice(0, 16);
}
