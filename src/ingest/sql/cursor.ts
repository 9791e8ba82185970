/** A place among the tokens of a normalised statement. */
import { dialects } from "./dialect.ts";
import { SqlScanner, token } from "./scanner.ts";
import { reserved } from "./words.ts";

export class Cursor {
  readonly #scanner = new SqlScanner(dialects.generic);
  #text = "";
  #closers: Int32Array | undefined;
  /** Index of the current token. */
  at = 0;

  /** Goes to the beginning of a statement. */
  open(text: string): void {
    this.#text = text;
    this.#scanner.scan(text);
    this.#closers = undefined;
    this.at = 0;
  }

  get ended(): boolean {
    return this.at >= this.#scanner.count;
  }

  /** Text of the token `offset` places on; "" outside the statement. */
  piece(offset = 0): string {
    const i = this.at + offset;
    return i < 0 || i >= this.#scanner.count ? "" : this.#text.slice(this.#scanner.starts[i], this.#scanner.ends[i]);
  }

  /** Kind of the token `offset` places on; 0 outside the statement. */
  kind(offset = 0): number {
    const i = this.at + offset;
    return i < 0 || i >= this.#scanner.count ? 0 : this.#scanner.kinds[i]!;
  }

  /** Whether the token may be a name: a word that is no keyword, or a quoted name. */
  isName(offset = 0): boolean {
    const kind = this.kind(offset);
    return kind === token.name || (kind === token.word && !this.isKeyword(offset));
  }

  /** Keywords stand in capitals in a normalised statement, names do not. */
  isKeyword(offset = 0): boolean {
    if (this.kind(offset) !== token.word) return false;
    const piece = this.piece(offset);
    return piece === piece.toUpperCase() && reserved.has(piece.toLowerCase());
  }

  /** Index of the token that closes the bracket `offset` places on; -1 when none does. */
  closing(offset: number): number {
    this.#closers ??= this.#matchBrackets();
    return this.#closers[this.at + offset] ?? -1;
  }

  /** Where each bracket closes, found in one pass, so that nested ones are not looked for again and again. */
  #matchBrackets(): Int32Array {
    const { count, kinds, starts } = this.#scanner;
    const closers = new Int32Array(count).fill(-1);
    const open: number[] = [];
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== token.mark) continue;
      const unit = this.#text.charCodeAt(starts[i]!);
      if (unit === 40) open.push(i);
      else if (unit === 41) {
        const opener = open.pop();
        if (opener !== undefined) closers[opener] = i;
      }
    }
    return closers;
  }

  /** Passes over the name of a type: `numeric`, `double precision`, `timestamp with time zone`, `schema.type`. */
  skipType(): void {
    while (this.kind(1) === token.word || this.kind(1) === token.name || this.piece(1) === ".") {
      const next = this.piece(1);
      if (/^[A-Z]/.test(next) && next !== "WITH" && next !== "WITHOUT") break;
      this.at++;
      if (this.piece(1) !== "." && !/^(?:\.|WITH|WITHOUT|time|double|character|bit|timestamp)$/.test(next)) break;
    }
  }
}
