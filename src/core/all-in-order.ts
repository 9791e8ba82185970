/** Several promises at once, and one outcome that does not depend on which of them ends first. */

/**
 * The values of promises, in their order, once all have ended. Of several that fail the first in order counts, and
 * nothing goes on behind the error.
 *
 * @throws what the first of them that failed was rejected with
 */
export async function allInOrder<T extends readonly unknown[] | []>(
  promises: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  const ended = await Promise.allSettled(promises);
  const failed = ended.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  return ended.map((one) => (one as PromiseFulfilledResult<unknown>).value) as {
    -readonly [P in keyof T]: Awaited<T[P]>;
  };
}
