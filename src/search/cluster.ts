/** Groups of equal and of near things: first by an exact key, then by how near their vectors are. */

export interface Clustered {
  /** Things of one key are one. */
  key: string;
  /** Only things of one kind are ever near. */
  kind: string;
  /** Null when there is none: then only the key counts. */
  vector: Float32Array | null;
}

/**
 * Groups, as indices into `items`, which come by importance. Each thing joins the group whose first one is nearest, at
 * a cosine of `similarity` or more, or else begins a group of its own: a group never holds what is far from its first.
 */
export function cluster(items: readonly Clustered[], similarity: number): number[][] {
  const byKey = new Map<string, number[]>();
  for (const [i, { key }] of items.entries()) {
    const group = byKey.get(key);
    if (group) group.push(i);
    else byKey.set(key, [i]);
  }
  const groups: number[][] = [];
  const leaders = new Map<string, { vector: Float32Array; group: number[] }[]>();
  for (const members of byKey.values()) {
    const { kind } = items[members[0]!]!;
    const vector = unit(members.map((i) => items[i]!.vector).find((found) => found !== null) ?? null);
    const ofKind = leaders.get(kind) ?? [];
    leaders.set(kind, ofKind);
    const nearest = vector === null ? undefined : nearestOf(ofKind, vector, similarity);
    if (nearest) {
      nearest.group.push(...members);
      continue;
    }
    const group = [...members];
    if (vector !== null) ofKind.push({ vector, group });
    groups.push(group);
  }
  return groups;
}

/** The nearest leader, the first of equals; undefined when none is near enough. */
function nearestOf<T extends { vector: Float32Array }>(
  leaders: readonly T[],
  vector: Float32Array,
  similarity: number,
) {
  let best: T | undefined;
  let most = similarity;
  for (const leader of leaders) {
    let cosine = 0;
    for (let j = 0; j < vector.length; j++) cosine += leader.vector[j]! * vector[j]!;
    if (cosine > most || (best === undefined && cosine === most)) [best, most] = [leader, cosine];
  }
  return best;
}

/** A vector of length 1; null for one without a direction. */
function unit(vector: Float32Array | null): Float32Array | null {
  if (vector === null) return null;
  const norm = Math.hypot(...vector);
  return norm > 0 && Number.isFinite(norm) ? vector.map((value) => value / norm) : null;
}
