/** The statistics of an output, and a file that draws them. */
import { extname } from "node:path";
import { UsageError } from "../../core/errors.ts";
import { NewFile } from "../../core/new-file.ts";
import { renderHtml, renderSvg } from "./charts.ts";
import { type Manifest, readManifest } from "./output.ts";

const drawings: Readonly<Record<string, (manifest: Manifest) => string>> = { ".html": renderHtml, ".svg": renderSvg };

/** @param out a file ending in .html or .svg to draw into */
export async function dataStats(dir: string, out: string | undefined): Promise<Manifest> {
  const draw = out === undefined ? undefined : drawings[extname(out).toLowerCase()];
  if (out !== undefined && !draw) {
    throw new UsageError(
      `"${out}" ends in neither .html nor .svg`,
      "statistics are drawn as --out stats.html or stats.svg",
    );
  }
  const { manifest } = await readManifest(dir);
  if (out !== undefined && draw) {
    const file = await NewFile.create(out);
    await file.append(Buffer.from(draw(manifest)));
    await file.commit();
  }
  return manifest;
}
