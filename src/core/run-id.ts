/** Names of runs. */

/** Sorts by time; the tail keeps two runs of the same millisecond apart. */
export function newRunId(): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:]/g, "")
    .replace(/\.(\d+)Z/, "$1");
  return `${time}-${crypto.randomUUID().slice(0, 8)}`;
}
