/** What the commands of `mdp plot` share: their flags, and where a drawing goes. */

import { svgOf } from "../core/svg.ts";
import { checkDrawingName, type Plot, writeDrawing } from "../pipelines/plots.ts";
import type { Context } from "./context.ts";
import type { Args } from "./definition.ts";
import { writeJson, writeOut } from "./output.ts";
import { logFor } from "./ui/log.ts";
import { safeLine } from "./ui/sanitize.ts";

export const plotArgs: Args = {
  out: {
    type: "string",
    valueHint: "FILE",
    description: "Where to draw, as .svg or .html; an SVG on stdout by default.",
  },
};

/** Draws into the file of `--out`; the drawing itself is what a command without it prints, the numbers with `--json`. */
export async function givePlot(context: Context, draw: () => Promise<Plot<unknown>>): Promise<number> {
  const out = context.value("out");
  if (out !== undefined) checkDrawingName(out);
  const plot = await draw();
  if (out !== undefined) {
    await writeDrawing(plot, out);
    logFor(context).info(`drawn into ${safeLine(out)}`);
  }
  if (context.json) await writeJson({ title: plot.drawing.title, out: out ?? null, data: plot.data });
  else if (out === undefined) await writeOut(svgOf(plot.drawing));
  return 0;
}
