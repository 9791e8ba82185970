/** Repairs text: composed characters (NFC), undone mojibake, no control characters, no odd spaces. */
import type { Step } from "../step.ts";
import { cleanSpaces, removeControls } from "./unicode/characters.ts";
import { repairMojibake } from "./unicode/mojibake.ts";

/** Anything but printable ASCII, tabs and newlines: what most documents do not have. */
const unusual = /[^\t\n -~]/;

export default async function open(): Promise<Step> {
  return {
    name: "unicode",
    apply(item) {
      item.scores["unicode.mojibake"] ??= 0;
      if (!unusual.test(item.text)) return undefined;
      const { text, done, repaired } = repairText(item.text);
      if (text === item.text) return undefined;
      item.text = text;
      item.tags.unicode = done;
      item.scores["unicode.mojibake"] = repaired;
      return undefined;
    },
  };
}

/** What can be done to a text, in this order. Mojibake comes first: its bytes look like controls and spaces. */
const repairs: Readonly<Record<string, (text: string) => { text: string; repaired: number }>> = {
  mojibake: repairMojibake,
  controls: (text) => ({ text: removeControls(text), repaired: 0 }),
  spaces: (text) => ({ text: cleanSpaces(text), repaired: 0 }),
  // Returns the same string when it is composed already.
  nfc: (text) => ({ text: text.normalize("NFC"), repaired: 0 }),
};

/** The repaired text, the names of the repairs that changed it, and the number of characters of mojibake undone. */
export function repairText(text: string): { text: string; done: string[]; repaired: number } {
  const done = new Set<string>();
  let current = text;
  let repaired = 0;
  // One repair can bring to light what another has to do: a second application must find nothing.
  for (let previous: string | undefined; previous !== current; ) {
    previous = current;
    for (const [name, repair] of Object.entries(repairs)) {
      const result = repair(current);
      if (result.text !== current) done.add(name);
      current = result.text;
      repaired += result.repaired;
    }
  }
  return { text: current, done: [...done], repaired };
}
