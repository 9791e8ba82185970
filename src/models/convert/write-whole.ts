/** Small files, written whole and kept by the disk before anything relies on them. */
import { NewFile } from "../../core/new-file.ts";

/** @throws MdpError `output-unwritable`, on a full disk too */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const file = await NewFile.create(path);
  let whole = false;
  try {
    await file.append(typeof content === "string" ? new TextEncoder().encode(content) : content);
    whole = true;
  } finally {
    if (!whole) await file.discard();
  }
  await file.commit();
}
