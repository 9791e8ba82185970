/** Characters that have no place in a text: controls, invisible characters, spaces other than the usual one. */
import { ofC1 } from "./mojibake.ts";

/** Colours and cursor movements of terminals. */
const escapes = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)/g;
const lineEnds = /\r\n?|[\v\f\u2028\u2029]/g;
const controls = /[\0-\x08\x0e-\x1f\x7f]/g;
const c1 = /[\x80-\x9f]/g;
/** Soft hyphens, zero-width spaces, invisible operators, byte-order marks, deprecated and interlinear controls. */
const invisible = /[\xad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]/g;
/** Joiners shape Arabic, Indic scripts and emoji; between other letters they are noise. */
const idleJoiners = /(?<![\u0600-\u1aff\u2190-\u2bff\u3030\ud83c-\udfff]|\ufe0f)(?:\u200c|\u200d)/g;
const spaces = /[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;

/** The text without control characters; vertical tabs, form feeds and old line ends become `\n`. */
export function removeControls(text: string): string {
  return text
    .replace(escapes, "")
    .replace(lineEnds, "\n")
    .replace(controls, "")
    .replace(c1, (character) => ofC1(character.charCodeAt(0)) ?? "");
}

/** The text with usual spaces only, and nothing that cannot be seen. */
export function cleanSpaces(text: string): string {
  return text.replace(invisible, "").replace(idleJoiners, "").replace(spaces, " ");
}
