/** Typed arrays that are used again for the next text: they grow with need and do not stay large for ever. */

type Buffer = Int32Array | Uint16Array | Uint8Array;

/** Elements that a buffer may keep between texts. */
const MOST_KEPT = 1 << 21;

function allocate<T extends Buffer>(like: T, length: number): T {
  return new (like.constructor as new (length: number) => T)(length);
}

/** The array, or a copy of at least twice the size when it holds fewer than `size` elements. */
export function grown<T extends Buffer>(array: T, size: number): T {
  if (array.length >= size) return array;
  const larger = allocate(array, Math.max(size, array.length * 2));
  larger.set(array);
  return larger;
}

/** An array of at least `size` elements for new contents: this one, unless it is too small or much too large. */
export function scratch<T extends Buffer>(array: T, size: number): T {
  if (array.length < size) return allocate(array, Math.max(size, array.length * 2));
  return array.length > MOST_KEPT && size < MOST_KEPT / 2 ? allocate(array, Math.max(size, 1 << 12)) : array;
}
