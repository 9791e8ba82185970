/** Stop strings: found across the borders of tokens, and never given out, not even in part. */

export interface StopStrings {
  /** What is safe to give out, and whether a stop string was found. */
  add(segment: string): { text: string; stopped: boolean };
  /** What was held back because a stop string might have begun there. */
  finish(): string;
}

/** @param stops texts that end the output; the one that begins first counts */
export function stopStrings(stops: readonly string[]): StopStrings {
  const wanted = stops.filter((stop) => stop !== "");
  let held = "";
  return {
    add(segment) {
      held += segment;
      const places = wanted.map((stop) => held.indexOf(stop)).filter((place) => place >= 0);
      if (places.length > 0) {
        const text = held.slice(0, Math.min(...places));
        held = "";
        return { text, stopped: true };
      }
      const safe = held.length - Math.max(0, ...wanted.map((stop) => begun(held, stop)));
      const text = held.slice(0, safe);
      held = held.slice(safe);
      return { text, stopped: false };
    },
    finish() {
      const text = held;
      held = "";
      return text;
    },
  };
}

/** Length of the longest end of `text` with which `stop` begins. */
function begun(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
