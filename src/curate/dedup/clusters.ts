/** Sets of documents that belong together: a forest in one flat array, whose roots are the smallest of each set. */

export class Clusters {
  /** Parent of each document; a root is its own. */
  readonly parents: Uint32Array;

  constructor(count: number) {
    this.parents = new Uint32Array(count);
    for (let i = 0; i < count; i++) this.parents[i] = i;
  }

  find(document: number): number {
    const { parents } = this;
    let at = document;
    for (let parent = parents[at]!; parent !== at; parent = parents[at]!) {
      // Every second step is cut short, which keeps paths short without a second array.
      parents[at] = parents[parent]!;
      at = parents[at]!;
    }
    return at;
  }

  join(a: number, b: number): void {
    const x = this.find(a);
    const y = this.find(b);
    if (x < y) this.parents[y] = x;
    else this.parents[x] = y;
  }
}
