/** Tokens and their ids, the model's own and the added ones. */

export interface VocabularyToken {
  id: number;
  content: string;
  /** What the id gives, where that is not its content: the library shows a normalized token as it is looked for. */
  shown?: string;
  special: boolean;
}

export class Vocabulary {
  /** Highest id plus one. */
  readonly size: number;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens: (string | undefined)[];
  readonly #added = new Map<string, number>();
  readonly #special: Uint8Array;

  constructor(model: ReadonlyMap<string, number>, added: readonly VocabularyToken[]) {
    this.#ids = model;
    let highest = -1;
    for (const id of model.values()) if (id > highest) highest = id;
    for (const { id } of added) if (id > highest) highest = id;
    this.size = highest + 1;
    this.#tokens = new Array(this.size).fill(undefined);
    this.#special = new Uint8Array(this.size);
    for (const [token, id] of model) this.#tokens[id] = token;
    for (const { id, content, shown, special } of added) {
      this.#tokens[id] = shown ?? content;
      this.#added.set(content, id);
      this.#special[id] = special ? 1 : 0;
    }
  }

  tokenToId(token: string): number | undefined {
    return this.#added.get(token) ?? this.#ids.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.#tokens[id];
  }

  isSpecial(id: number): boolean {
    return this.#special[id] === 1;
  }
}
