/** All operations on single samples, by name; buffers and streams have each of them as a method. */
import { byteOps } from "./bytes.ts";
import { fileOps } from "./files.ts";
import { keyOps } from "./keys.ts";
import { shapeOps } from "./shapes.ts";
import { tokenOps } from "./tokens.ts";

export const sampleOps = { ...keyOps, ...shapeOps, ...byteOps, ...tokenOps, ...fileOps };
export type SampleOps = typeof sampleOps;
