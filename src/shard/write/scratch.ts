/** Buffers of one shard that the next one uses again: fresh memory costs as much as filling it. */

/** A shard has no more large tensors than this. */
const keptMax = 3;
const kept: ArrayBuffer[] = [];

/** Buffers that were lent together; they are free again at the end of the scope. Their contents are arbitrary. */
export class Scratch implements Disposable {
  readonly #lent: ArrayBuffer[] = [];

  /** At least so many bytes. */
  bytes(length: number): ArrayBuffer {
    const fitting = kept.findIndex((buffer) => buffer.byteLength >= length);
    const buffer = fitting === -1 ? new ArrayBuffer(length) : kept.splice(fitting, 1)[0]!;
    this.#lent.push(buffer);
    return buffer;
  }

  [Symbol.dispose](): void {
    kept.push(...this.#lent);
    kept.sort((a, b) => a.byteLength - b.byteLength);
    kept.splice(0, kept.length - keptMax);
  }
}
