/** Presets by name. Small plain objects, so nothing is loaded lazily. */
import type { presetNames } from "../../curate/config.ts";
import { c4 } from "./c4.ts";
import { fineweb } from "./fineweb.ts";
import { gopher } from "./gopher.ts";
import { none } from "./none.ts";
import type { Preset } from "./preset.ts";
import { production } from "./production.ts";
import { small } from "./small.ts";

export type { Preset };

/** `multimodal` is reserved: its steps need readers of images, sound and video. */
export const presets: Readonly<Record<Exclude<(typeof presetNames)[number], "multimodal">, Preset>> = {
  none,
  small,
  production,
  fineweb,
  gopher,
  c4,
};

/** The preset of a name; undefined for one that does not exist, which the schema refuses. */
export function presetOf(name: string): Preset | undefined {
  return Object.hasOwn(presets, name) ? presets[name as keyof typeof presets] : undefined;
}
