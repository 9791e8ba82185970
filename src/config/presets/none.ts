/** Everything is kept as it is. */
import type { Preset } from "./preset.ts";

export const none: Preset = { summary: "No filter, no change of text, no search for copies." };
