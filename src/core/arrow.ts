/**
 * The one place that loads apache-arrow: by `require`, as LanceDB itself loads it. An `import` gives a second copy of
 * Arrow whose classes LanceDB does not recognise, and tables made with it are written as zero rows without an error.
 */
import type * as Arrow from "apache-arrow";

export type { Arrow };

let loaded: typeof Arrow | undefined;

/** Apache Arrow, loaded on first use. */
export function arrow(): typeof Arrow {
  loaded ??= require("apache-arrow") as typeof Arrow;
  return loaded;
}
